"""Looking a backup through: decrypted, whole, and what it says it is; no database is touched."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

from services.backups import postgres_programs as programs
from services.backups import sqlite_copies
from services.backups.contents import DATABASE, FILES, Keys, Manifest, Write, unpack
from services.backups.refusals import BackupDamaged
from services.runtime.database import DatabaseUnusable


class _Found:
    """What a backup's database was found to hold."""

    def __init__(self) -> None:
        self.revision = ""
        self.rows: dict[str, int] = {}


def verify(file: Path, *, keys: Keys, scratch: Path) -> Manifest:
    """Decrypt all of a backup, open its database, and compare it with what the manifest says.

    `scratch` is a folder with room for a SQLite database. A PostgreSQL dump is read by pg_restore,
    which needs no server for it.

    Raises:
        BackupDamaged, BackupKeyWrong, BackupNotWritten, ProgramMissing, ProgramFailed
        DatabaseUnusable: there is no room to look at it.
    """
    found = _Found()

    @contextmanager
    def sink(name: str) -> Iterator[Write]:
        if name == f"{DATABASE}sqlite":
            with _as_sqlite(found, scratch) as write:
                yield write
        elif name == f"{DATABASE}postgresql":
            with _as_postgres(found) as write:
                yield write
        elif name.startswith(FILES):
            yield len
        else:
            raise BackupDamaged(reason="unknown")

    try:
        manifest = unpack(file, keys=keys, sinks=sink)
    except OSError as error:
        raise DatabaseUnusable(reason=error.strerror or str(error)) from error
    _compare(found, manifest)
    return manifest


def _compare(found: _Found, manifest: Manifest) -> None:
    if f"{DATABASE}{manifest.engine}" not in manifest.parts:
        raise BackupDamaged(reason="unknown")
    wrong = sorted(
        table
        for table in found.rows.keys() | manifest.rows.keys()
        if found.rows.get(table) != manifest.rows.get(table)
    )
    if wrong or found.revision != manifest.revision:
        raise BackupDamaged(reason="other_rows", tables=", ".join(wrong) or "alembic_version")
    if any(_is_mistaken(name, part.sha256) for name, part in manifest.parts.items()):
        raise BackupDamaged(reason="other_files")


@contextmanager
def _as_sqlite(found: _Found, scratch: Path) -> Iterator[Write]:
    with sqlite_copies.filled(scratch) as (connection, write):
        yield write
        sqlite_copies.require_whole(connection)
        found.revision = sqlite_copies.revision(connection)
        found.rows = sqlite_copies.rows(connection)


@contextmanager
def _as_postgres(found: _Found) -> Iterator[Write]:
    words = ("--data-only", "--file=-")
    with programs.running("pg_restore", *words, feed=True) as restore:
        assert restore.stdin is not None  # noqa: S101 - both are pipes
        assert restore.stdout is not None  # noqa: S101 - see above
        script = restore.stdout

        def count() -> None:
            for table, rows, first in programs.copies(script):
                found.rows[table] = rows
                if table == "alembic_version":
                    found.revision = first.decode()

        counting = Thread(target=count)
        counting.start()
        try:
            yield restore.stdin.write
        finally:
            restore.stdin.close()
            counting.join()


def _is_mistaken(name: str, sha256: str) -> bool:
    return name.startswith(FILES) and name.removeprefix(FILES) != sha256
