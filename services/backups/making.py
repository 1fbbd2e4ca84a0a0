"""Making a backup: the database as it is at one moment, the mirrored files, all of it encrypted."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import BinaryIO

from services.backups import postgres_programs as programs
from services.backups import sqlite_copies
from services.backups.contents import (
    DATABASE,
    FILES,
    Engine,
    Keys,
    Manifest,
    Packing,
    pieces,
)
from services.backups.refusals import BackupNotWritten, MirroredFileDamaged
from services.runtime import schema
from services.runtime.database import sqlite_file

SUFFIX = ".asibackup"
UNFINISHED = ".part"
"""Of a backup being written; it is encrypted already."""

STAMP = "%Y%m%dT%H%M%SZ"

_OURS = re.compile(r"asi-(\d{8}T\d{6}Z)" + re.escape(SUFFIX))
_MIRRORED = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Made:
    """A backup that was made."""

    file: Path
    manifest: Manifest
    forgotten: tuple[Path, ...]
    """Older ones that were taken away."""


def make(
    url: str,
    *,
    folder: Path,
    files: Path,
    keys: Keys,
    now: datetime,
    keep: timedelta | None = None,
) -> Made:
    """Write a backup into a folder, while the service runs; it appears whole or not at all.

    `files` is the folder of mirrored files. Backups of ours that are older than `keep` are taken
    away from the folder, after this one is there.

    Raises:
        SchemaTooOld, SchemaTooNew, DatabaseUnusable, BackupDamaged: SQLite's file is not sound.
        ProgramMissing, ProgramTooOld, ProgramFailed: PostgreSQL's.
        BackupNotWritten, MirroredFileDamaged
    """
    schema.require_current(url)
    name = f"asi-{now:{STAMP}}{SUFFIX}"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _placed(folder / name) as target:
            packing = Packing(target, keys=keys)
            pack = _pack_postgres if sqlite_file(url) is None else _pack_sqlite
            engine, revision, rows = pack(url, packing)
            _pack_files(files, packing)
            manifest = Manifest(
                made_at=now.isoformat(),
                version=version("asi-consultation"),
                engine=engine,
                revision=revision,
                rows=rows,
                parts=packing.parts,
            )
            packing.close(manifest)
        forgotten = _forget(folder, before=now - keep) if keep else ()
    except OSError as error:
        reason = error.strerror or str(error)
        raise BackupNotWritten(file=str(folder / name), reason=reason) from error
    return Made(folder / name, manifest, forgotten)


Packed = tuple[Engine, str, dict[str, int]]


def _pack_sqlite(url: str, packing: Packing) -> Packed:
    file = sqlite_file(url) or Path()
    with sqlite_copies.copied(file) as (copy, descriptor):
        sqlite_copies.require_whole(copy)
        packing.add(f"{DATABASE}sqlite", _bytes_of(descriptor))
        return "sqlite", sqlite_copies.revision(copy), sqlite_copies.rows(copy)


def _pack_postgres(url: str, packing: Packing) -> Packed:
    with programs.connected(url) as connection:
        programs.require("pg_dump", server=programs.server_version(connection))
        # What is counted and what is dumped is one state: the dump takes over our snapshot.
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        [(snapshot,)] = connection.execute("SELECT pg_export_snapshot()").fetchall()
        [(revision,)] = connection.execute("SELECT version_num FROM alembic_version").fetchall()
        rows = programs.rows(connection)
        words = ("--format=custom", "--no-owner", "--no-privileges", "--no-password")
        with programs.running("pg_dump", *words, f"--snapshot={snapshot}", url=url) as dump:
            assert dump.stdout is not None  # noqa: S101 - it is a pipe
            packing.add(f"{DATABASE}postgresql", pieces(dump.stdout))
    return "postgresql", revision, rows


def _pack_files(folder: Path, packing: Packing) -> None:
    for file in _mirrored(folder):
        with file.open("rb") as source:
            packing.add(FILES + file.name, pieces(source))
        if packing.parts[FILES + file.name].sha256 != file.name:
            raise MirroredFileDamaged(file=str(file))


def _bytes_of(descriptor: int) -> Iterator[bytes]:
    """Read a file without moving where others read it, nor closing what SQLite has locked."""
    at = 0
    while chunk := os.pread(descriptor, 1024 * 1024, at):
        yield chunk
        at += len(chunk)


@contextmanager
def _placed(file: Path) -> Iterator[BinaryIO]:
    part = file.with_name(file.name + UNFINISHED)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as target:
            yield target
            target.flush()
            os.fsync(target.fileno())
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    _settle(file.parent)


def _settle(folder: Path) -> None:
    """Write a folder down, so that a power cut does not take a new name away."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _mirrored(folder: Path) -> list[Path]:
    return sorted(file for file in folder.glob("*/*") if _MIRRORED.fullmatch(file.name))


def _forget(folder: Path, *, before: datetime) -> tuple[Path, ...]:
    """Take away older backups, told by their names, and what was never finished."""
    named = {file: _OURS.fullmatch(file.name.removesuffix(UNFINISHED)) for file in folder.iterdir()}
    old = [file for file, match in named.items() if match and match[1] < f"{before:{STAMP}}"]
    for file in old:
        file.unlink(missing_ok=True)
    return tuple(sorted(old))
