"""Copies of a SQLite database that have no name on the disk, or hardly ever.

Whoever is killed leaves nothing then: the system frees a file without a name. SQLite has to be told
a name at first, so for that moment there is one; what is left of it is taken away the next time.
"""

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from tempfile import mkstemp

from services.backups.contents import Write
from services.backups.refusals import BackupDamaged
from services.runtime.database import DatabaseUnusable

PREFIX = ".asi-backup-"
STEPS = 1000
"""Of SQLite's machine, between two looks at whether it has opened the copy."""


@contextmanager
def copied(file: Path) -> Iterator[tuple[sqlite3.Connection, int]]:
    """Give a copy as the database is now, made while others read and write: to ask, and its bytes.

    It is one state: everything that was committed before, nothing that was not.

    Raises:
        DatabaseUnusable: it cannot be read, or there is no room for a copy beside it.
    """
    sweep(file.parent)
    with (
        _nameless(file.parent) as (descriptor, name),
        # It holds the file open, and reads nothing before there is something.
        closing(sqlite3.connect(name, isolation_level=None)) as connection,
    ):
        try:
            _vacuum(file, descriptor, name)
        except sqlite3.Error as error:
            raise DatabaseUnusable(reason=str(error)) from error
        name.unlink(missing_ok=True)
        yield connection, descriptor


@contextmanager
def filled(folder: Path) -> Iterator[tuple[sqlite3.Connection, Write]]:
    """Give an empty database without a name, and what writes its bytes before it is read."""
    sweep(folder)
    with (
        _nameless(folder) as (descriptor, name),
        closing(sqlite3.connect(name, isolation_level=None)) as connection,
    ):
        name.unlink()

        def write(chunk: bytes) -> None:
            # Not a file object: closing another one would let SQLite's own locks go.
            rest = memoryview(chunk)
            while rest:
                rest = rest[os.write(descriptor, rest) :]

        yield connection, write


def rows(connection: sqlite3.Connection) -> dict[str, int]:
    """Count the rows of each table."""
    # Not those of an index for searching, which is no table and is made of others.
    named = connection.execute(
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table'"
        " AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"
    ).fetchall()
    return {name: _count(connection, name) for (name,) in named}


def revision(connection: sqlite3.Connection) -> str:
    """Give the migration that the database has; empty before the first."""
    try:
        found = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.OperationalError:
        return ""
    return str(found[0]) if found else ""


def require_whole(connection: sqlite3.Connection) -> None:
    """Make sure that SQLite finds nothing wrong with a database.

    Raises:
        BackupDamaged
    """
    try:
        [(found,), *_] = connection.execute("PRAGMA integrity_check(1)").fetchall()
        loose = connection.execute("PRAGMA foreign_key_check").fetchone()
    except sqlite3.DatabaseError as error:
        raise BackupDamaged(reason="unsound") from error
    if found != "ok" or loose is not None:
        raise BackupDamaged(reason="unsound")


def sweep(folder: Path) -> None:
    """Take away what copies of killed processes left; those of living ones are locked."""
    for left in folder.glob(f"{PREFIX}*"):
        with suppress(OSError), left.open("rb") as opened:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
            left.unlink()


def _count(connection: sqlite3.Connection, table: str) -> int:
    [(count,)] = connection.execute(f'SELECT count(*) FROM "{table}"').fetchall()  # noqa: S608 - a table's name
    return int(count)


@contextmanager
def _nameless(folder: Path) -> Iterator[tuple[int, Path]]:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor, made = mkstemp(prefix=PREFIX, dir=folder)
    except OSError as error:
        raise DatabaseUnusable(reason=error.strerror or str(error)) from error
    name = Path(made)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor, name
    finally:
        name.unlink(missing_ok=True)
        os.close(descriptor)


def _vacuum(file: Path, descriptor: int, name: Path) -> None:
    def opened() -> int:
        # From its first bytes on SQLite holds the copy open, and its name can go.
        if os.fstat(descriptor).st_size:
            name.unlink(missing_ok=True)
        return 0

    source = f"{file.absolute().as_uri()}?mode=rw"
    with closing(sqlite3.connect(source, uri=True, isolation_level=None, timeout=10)) as connection:
        connection.set_progress_handler(opened, STEPS)
        connection.execute("VACUUM INTO ?", (str(name),))
