"""The address of a database as its drivers get it."""

import pytest
from psycopg.conninfo import conninfo_to_dict

from services.runtime.database import PATIENCE, driver_url, server_url


def test_a_silent_server_is_not_waited_for_as_long_as_libpq_would() -> None:
    address = server_url("postgresql+psycopg://asi:secret@db.internal:5433/asi?sslmode=require")

    assert conninfo_to_dict(address) == PATIENCE | {
        "user": "asi",
        "password": "secret",
        "host": "db.internal",
        "port": "5433",
        "dbname": "asi",
        "sslmode": "require",
    }


def test_what_the_address_says_itself_stays() -> None:
    said = conninfo_to_dict(server_url("postgresql:///asi?connect_timeout=3&host=/run/postgresql"))

    assert said["connect_timeout"] == "3"
    assert said["host"] == "/run/postgresql"
    assert said["tcp_user_timeout"] == PATIENCE["tcp_user_timeout"]


@pytest.mark.parametrize(
    ("address", "given"),
    [
        ("postgresql://asi@db/asi", "postgresql+psycopg://asi@db/asi?"),
        ("sqlite:////srv/asi.db", "sqlite:////srv/asi.db"),
    ],
)
def test_the_driver_is_named_where_there_is_a_choice(address: str, given: str) -> None:
    assert driver_url(address).startswith(given)
