"""Bringing a backup back: looked through first, whole or not at all, what was there before kept."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from services.backups import checking, sqlite_copies
from services.backups import postgres_programs as programs
from services.backups.contents import DATABASE, FILES, Keys, Manifest, Sinks, Write, unpack
from services.backups.making import STAMP
from services.backups.refusals import BackupOfOtherKind, DatabaseNotEmpty
from services.runtime import schema
from services.runtime.database import DatabaseUnusable, serving_lock, sqlite_file

LOGS = ("-wal", "-shm")
"""What SQLite may have beside a database; of another one they would destroy it."""


@dataclass(frozen=True)
class Restored:
    """What was brought back."""

    manifest: Manifest
    kept: Path | None
    """The database that was there before."""


def restore(
    file: Path, url: str, *, files: Path, keys: Keys, now: datetime, replace: bool = False
) -> Restored:
    """Put a backup's database and mirrored files in their places, at this version's schema.

    With `replace` a SQLite database that is there is kept beside the new one. On PostgreSQL the
    database has to be empty: restore into another one.

    Raises:
        DatabaseBusy: a service runs on it.
        DatabaseNotEmpty, BackupOfOtherKind, DatabaseUnusable
        SchemaTooNew: the backup is of a newer version of this service.
        BackupDamaged, BackupKeyWrong, BackupNotWritten, ProgramMissing, ProgramFailed
    """
    target = sqlite_file(url)
    if target is not None:
        _prepare(target.parent)
    with serving_lock(url):
        empty = _is_empty(url)
        if not empty and not (replace and target):
            raise DatabaseNotEmpty(database=str(target) if target else programs.database_name(url))
        manifest = checking.verify(file, keys=keys, scratch=target.parent if target else Path())
        if (manifest.engine == "sqlite") is not bool(target):
            raise BackupOfOtherKind(engine=manifest.engine)
        schema.require_known(manifest.revision)
        if target is None:
            _into_postgres(file, url, keys=keys, files=files)
            return Restored(manifest, None)
        kept = target.with_name(f"{target.name}.before-{now:{STAMP}}")
        _into_sqlite(file, target, keys=keys, files=files, kept=kept, empty=empty)
        return Restored(manifest, None if empty else kept)


def _prepare(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise DatabaseUnusable(reason=f"{folder}: {error.strerror or error}") from error


def _is_empty(url: str) -> bool:
    """Tell whether nothing would be lost; of a file that cannot be read nobody knows."""
    try:
        return schema.is_empty(url)
    except DatabaseUnusable:
        if sqlite_file(url) is None:
            raise
        return False


def _into_sqlite(
    file: Path, target: Path, *, keys: Keys, files: Path, kept: Path, empty: bool
) -> None:
    """Make the new database beside the old one, then let it have its name: one step."""
    new = target.with_name(target.name + ".restoring")
    try:
        _take_away(new)

        @contextmanager
        def into() -> Iterator[Write]:
            descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as opened:
                yield opened.write

        unpack(file, keys=keys, sinks=_sinks(into, files))
        schema.upgrade(f"sqlite:///{new}")
        _settle(new)
        if not empty:
            _keep(target, kept)
        _keep_logs(target, kept)
        new.replace(target)
        _sync(target.parent)
    except OSError as error:
        raise DatabaseUnusable(reason=error.strerror or str(error)) from error
    finally:
        _take_away(new)


def _into_postgres(file: Path, url: str, *, keys: Keys, files: Path) -> None:
    """Let pg_restore read the dump as it is decrypted, in one transaction, after the files.

    So whatever fails before the database is whole leaves it empty, and can be done again.
    """
    with programs.connected(url) as connection:
        programs.require("pg_restore", server=programs.server_version(connection))

    @contextmanager
    def into() -> Iterator[Write]:
        words = ("--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges")
        named = f"--dbname={programs.database_name(url)}"
        with programs.running("pg_restore", *words, named, url=url, feed=True) as running:
            assert running.stdin is not None  # noqa: S101 - it is a pipe
            yield running.stdin.write

    try:
        unpack(file, keys=keys, sinks=_sinks(_nowhere, files))
        unpack(file, keys=keys, sinks=_sinks(into, None))
    except OSError as error:
        raise DatabaseUnusable(reason=error.strerror or str(error)) from error
    schema.upgrade(url)


def _nowhere() -> AbstractContextManager[Write]:
    return nullcontext(len)


def _sinks(into: Callable[[], AbstractContextManager[Write]], files: Path | None) -> Sinks:
    def sink(name: str) -> AbstractContextManager[Write]:
        if name.startswith(DATABASE):
            return into()
        return _mirrored(name, files) if files else _nowhere()

    return sink


@contextmanager
def _mirrored(name: str, files: Path) -> Iterator[Write]:
    """Take a mirrored file in; what is there already has the same bytes, or is damaged.

    Raises:
        DatabaseUnusable: it cannot be written there.
    """
    sha256 = name.removeprefix(FILES)
    place = files / sha256[:2] / sha256
    part = place.with_name(sha256 + ".restoring")
    try:
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with part.open("wb") as opened:
            yield opened.write
        part.replace(place)
    except OSError as error:
        raise DatabaseUnusable(reason=f"{place}: {error.strerror or error}") from error


def _settle(new: Path) -> None:
    """Make sure that the database is sound after its migrations, and down on the disk."""
    with closing(sqlite3.connect(new, isolation_level=None)) as connection:
        sqlite_copies.require_whole(connection)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    _sync(new)


def _keep(target: Path, kept: Path) -> None:
    """Let the old database have a second name, with what its log holds."""
    with suppress(sqlite3.Error), closing(sqlite3.connect(target, isolation_level=None)) as old:
        # It takes the log in, and closing takes it away; a damaged one stays as it is.
        old.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    os.link(target, kept)


def _keep_logs(target: Path, kept: Path) -> None:
    """Take logs out of the new database's way, also those whose own database is gone."""
    for ending in LOGS:
        log = target.with_name(target.name + ending)
        if log.exists():
            log.replace(kept.with_name(kept.name + ending))


def _take_away(new: Path) -> None:
    for ending in ("", *LOGS):
        new.with_name(new.name + ending).unlink(missing_ok=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
