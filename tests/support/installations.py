"""An installation under trial: its database looked into from outside while processes serve it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from sqlalchemy import NullPool, create_engine, text
from sqlalchemy.exc import OperationalError

from services.runtime.database import driver_url

PATIENCE_SECONDS = 60


@dataclass(frozen=True)
class Installation:
    """A database and a data folder."""

    database_url: str
    data_dir: Path

    @property
    def is_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """Give what a statement finds."""
        engine = create_engine(driver_url(self.database_url), poolclass=NullPool)
        with engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(statement))]

    def count(self, statement: str) -> int:
        """Give the one number that a statement finds."""
        ((number,),) = self.rows(statement)
        return int(number)

    def assert_sound(self) -> None:
        """Let SQLite look through its file; PostgreSQL has nothing of the kind."""
        if self.is_sqlite:
            assert self.rows("PRAGMA integrity_check") == [("ok",)]

    def wait_until_none(self, statement: str) -> None:
        """Wait until a statement counts nothing."""
        wait_until(lambda: self._counts_nothing(statement))

    def _counts_nothing(self, statement: str) -> bool:
        try:
            return self.count(statement) == 0
        except OperationalError:
            return False


def wait_until(happened: Callable[[], bool], *, within: float = PATIENCE_SECONDS) -> None:
    """Wait until something has happened."""
    pause = Event()
    for _ in range(round(within * 50)):
        if happened():
            return
        pause.wait(0.02)
    pytest.fail("it does not happen")
