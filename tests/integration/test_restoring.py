"""Restoring and making backups where the disk is not as it should be: nothing is lost by it."""

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from services import backups, mirror
from services.backups import Keys
from services.runtime import schema
from services.runtime.clock import utc_now
from services.runtime.database import DatabaseUnusable
from tests.conftest import SECRET_KEY
from tests.support import files, postgres
from tests.support.commands import Shell
from tests.support.templates import Template

KEYS = Keys(SECRET_KEY)


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(capsys)


@pytest.fixture
def data(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation, named by the environment."""
    monkeypatch.setenv("ASI_DATABASE_URL", database_url)
    monkeypatch.setenv("ASI_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


def test_a_log_without_its_database_is_not_replayed_into_the_restored_one(
    sqlite_template: Template, tmp_path: Path
) -> None:
    with sqlite_template.copy(tmp_path) as url:
        target = Path(url.removeprefix("sqlite:///"))
        file = backups.make(
            url, folder=tmp_path / "b", files=tmp_path / "f", keys=KEYS, now=utc_now()
        ).file
        before = _channels(target)
        _crash(target)
        log = target.with_name(f"{target.name}-wal").read_bytes()

        backups.restore(file, url, files=tmp_path / "f", keys=KEYS, now=utc_now())

        kept = list(target.parent.glob(f"{target.name}.before-*-wal"))
        assert not target.with_name(f"{target.name}-wal").exists()
        assert [found.read_bytes() for found in kept] == [log]
        assert _channels(target) == before != []


def _channels(file: Path) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return connection.execute("SELECT * FROM contact_channels ORDER BY 1").fetchall()


def _crash(target: Path) -> None:
    """Leave a database's logs as a crash does, and take the database itself away."""
    logs = [target.with_name(target.name + ending) for ending in ("-wal", "-shm")]
    with closing(sqlite3.connect(target, isolation_level=None)) as connection:
        for words in ("journal_mode=WAL", "wal_autocheckpoint=0"):
            connection.execute(f"PRAGMA {words}")
        connection.execute("DELETE FROM contact_channels")
        connection.execute("CREATE TABLE of_another (words)")
        connection.execute("INSERT INTO of_another VALUES (zeroblob(100000))")
        for log in logs:
            shutil.copy(log, log.with_name(f"{log.name}.aside"))
    target.unlink()
    for log in logs:
        log.with_name(f"{log.name}.aside").replace(log)


def test_postgresql_gets_nothing_when_the_files_cannot_be_written(
    postgresql_template: Template, postgres_server: str, tmp_path: Path
) -> None:
    mirrored = _mirrored(tmp_path / "data")
    with postgresql_template.copy(tmp_path) as url:
        file = backups.make(
            url, folder=tmp_path / "b", files=mirrored, keys=KEYS, now=utc_now()
        ).file
    name = f"restoring_{os.getpid()}"
    other = postgres.create_database(postgres_server, name)
    target = tmp_path / "another"
    target.touch()

    with pytest.raises(DatabaseUnusable, match=str(target)):
        backups.restore(file, other, files=target, keys=KEYS, now=utc_now())
    empty = schema.is_empty(other)
    target.unlink()
    if empty:
        backups.restore(file, other, files=target, keys=KEYS, now=utc_now())
    restored = schema.current(other)
    postgres.drop_database(postgres_server, name)

    assert (empty, restored) == (True, schema.head())
    assert [found.name for found in target.glob("*/*")] == [
        found.name for found in mirrored.glob("*/*")
    ]


def _mirrored(data: Path) -> Path:
    """A folder of mirrored files, with one in it."""
    source = files.pdf(data.with_name("source.pdf"))
    mirror.take_in(source, folder=data / "files")
    return data / "files"


@pytest.mark.any_database
def test_a_damaged_mirrored_file_is_not_packed_and_older_backups_stay(
    data: Path, shell: Shell, tmp_path: Path
) -> None:
    [damaged] = _mirrored(data).glob("*/*")
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"?")
    out = tmp_path / "backups"
    out.mkdir()
    old = out / "asi-20200101T000000Z.asibackup"
    old.touch()

    refused = shell("backup", "create", str(out), "--keep-days", "1")

    # mirrored_file_damaged
    assert (refused.code, str(damaged) in refused.err) == (1, True)
    assert list(out.iterdir()) == [old]
