"""Migrations: up, down and up again, and never into the unknown."""

import subprocess
import sys

import pytest
from alembic import command
from sqlalchemy import inspect, text

from services.runtime import schema
from services.runtime.database import Database, DatabaseUnusable
from services.runtime.schema import SchemaTooNew, SchemaTooOld


def test_migrations_go_up_down_and_up(empty_database_url: str) -> None:
    assert schema.is_empty(empty_database_url)

    schema.upgrade(empty_database_url)
    schema.downgrade(empty_database_url, "base")
    tables = _tables(empty_database_url)
    schema.upgrade(empty_database_url)

    assert tables <= {"alembic_version"}
    assert schema.current(empty_database_url) == schema.head()
    assert not schema.is_empty(empty_database_url)


def test_models_and_migrations_agree(database_url: str) -> None:
    command.check(schema.config(database_url))


def test_a_database_of_a_newer_version_is_refused(database_url: str) -> None:
    _execute(database_url, "UPDATE alembic_version SET version_num = '9999'")

    for attempt in (schema.require_current, schema.upgrade):
        with pytest.raises(SchemaTooNew, match="9999") as refused:
            attempt(database_url)
        assert refused.value.code == "schema_too_new"


def test_a_database_that_was_not_migrated_is_refused(empty_database_url: str) -> None:
    with pytest.raises(SchemaTooOld) as refused:
        schema.require_current(empty_database_url)

    assert refused.value.code == "schema_too_old"


def test_a_migration_that_is_interrupted_leaves_nothing_half_done(
    empty_database_url: str,
) -> None:
    script = (
        "import os, sys\n"
        "from sqlalchemy import event\n"
        "from sqlalchemy.engine import Engine\n"
        "@event.listens_for(Engine, 'before_cursor_execute')\n"
        "def die(_c, _cur, statement, *_):\n"
        "    if 'CREATE TABLE short_links' in statement: os.kill(os.getpid(), 9)\n"
        "from services.runtime import schema\n"
        "schema.upgrade(sys.argv[1])\n"
    )
    killed = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, "-c", script, empty_database_url], check=False, timeout=60
    )

    schema.upgrade(empty_database_url)

    assert killed.returncode == -9
    assert schema.current(empty_database_url) == schema.head()


def test_an_unreachable_database_is_one_sentence() -> None:
    with pytest.raises(DatabaseUnusable) as refused:
        schema.require_current("postgresql://nobody@127.0.0.1:1/nothing")

    assert refused.value.code == "database_unusable"


async def test_a_database_that_may_lose_commits_is_refused(database: Database, engine: str) -> None:
    await database.check()
    if engine == "sqlite":
        async with database.writing() as db:
            # SQLite takes it outside a transaction only.
            for statement in ("COMMIT", "PRAGMA synchronous=NORMAL", "BEGIN"):
                await (await db.connection()).exec_driver_sql(statement)
    else:
        async with database.writing.begin() as db:
            await db.execute(text("ALTER ROLE CURRENT_USER SET synchronous_commit = off"))
        await database.close()

    with pytest.raises(DatabaseUnusable, match="synchronous"):
        await database.check()
    if engine == "postgresql":
        async with database.writing.begin() as db:
            await db.execute(text("ALTER ROLE CURRENT_USER RESET synchronous_commit"))


def _tables(url: str) -> set[str]:
    engine = schema.engine_for_migrations(url)
    tables = set(inspect(engine).get_table_names())
    engine.dispose()
    return tables


def _execute(url: str, statement: str) -> None:
    engine = schema.engine_for_migrations(url)
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()
