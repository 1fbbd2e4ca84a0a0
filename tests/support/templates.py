"""Databases that were made once and are copied for each test."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Protocol

from tests.support import postgres

_numbers = count(1)


class Template(Protocol):
    """A filled database of one kind."""

    @contextmanager
    def copy(self, folder: Path) -> Iterator[str]:
        """Give the address of a copy, made in the folder or on a server, gone afterwards."""
        yield str(folder)


@dataclass(frozen=True)
class SqliteTemplate:
    """A file; copying it is all."""

    file: Path

    @contextmanager
    def copy(self, folder: Path) -> Iterator[str]:
        """Give the address of a copy in a folder, which cleans up."""
        copied = folder / "test.db"
        shutil.copy(self.file, copied)
        yield f"sqlite:///{copied}"


@dataclass(frozen=True)
class PostgresTemplate:
    """A database nobody is connected to."""

    server: str
    name: str

    @contextmanager
    def copy(self, folder: Path) -> Iterator[str]:
        """Give the address of a clone and drop it afterwards."""
        del folder
        name = f"test_{os.getpid()}_{next(_numbers)}"
        yield postgres.create_database(self.server, name, template=self.name)
        postgres.drop_database(self.server, name)
