"""Backups: everything acknowledged comes back, and what is not whole or not ours is refused."""

import asyncio
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import count
from multiprocessing import get_context
from pathlib import Path

import pytest
from sqlalchemy import select

from models import Visitor
from services import backups
from services.backups import BackupDamaged, BackupKeyWrong, Keys, envelope, sqlite_copies
from services.backups.contents import Manifest, Packing
from services.runtime import schema
from services.runtime.clock import utc_now
from services.runtime.database import Database, serving_lock
from tests.conftest import SECRET_KEY
from tests.support import files, postgres
from tests.support.commands import Shell
from tests.support.templates import Template

KEYS = Keys(SECRET_KEY)
_numbers = count(1)


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(capsys)


@pytest.fixture
def data(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation, named by the environment."""
    monkeypatch.setenv("ASI_DATABASE_URL", database_url)
    monkeypatch.setenv("ASI_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


@contextmanager
def _another(engine: str, folder: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """A database of the same kind in which nothing has been made yet."""
    if engine == "sqlite":
        yield f"sqlite:///{folder / 'another' / 'asi.db'}"
        return
    server = request.getfixturevalue("postgres_server")
    name = f"another_{next(_numbers)}_{id(folder)}"
    yield postgres.create_database(server, name)
    postgres.drop_database(server, name)


def _made(url: str, folder: Path, *, keys: Keys = KEYS) -> Path:
    return backups.make(url, folder=folder, files=folder / "files", keys=keys, now=utc_now()).file


async def _write(
    database: Database, acknowledged: list[str], *, begun: asyncio.Event, stop: asyncio.Event
) -> None:
    while not stop.is_set():
        async with database.transaction() as db:
            visitor = Visitor(first_seen_at=utc_now(), last_seen_at=utc_now())
            visitor.mp_openid = f"o-made-up-{next(_numbers)}"
            db.add(visitor)
        acknowledged.append(_told(visitor))
        if len(acknowledged) == 50:
            begun.set()


def _told(visitor: Visitor) -> str:
    return f"{visitor.id} {visitor.mp_openid} {visitor.first_seen_at.isoformat()}"


async def test_what_was_acknowledged_before_comes_back(
    database_url: str,
    database: Database,
    engine: str,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    acknowledged: list[str] = []
    begun, stop = asyncio.Event(), asyncio.Event()
    writers = [
        asyncio.create_task(_write(database, acknowledged, begun=begun, stop=stop))
        for _ in range(4)
    ]
    await begun.wait()
    before = set(acknowledged)

    file = await asyncio.to_thread(_made, database_url, tmp_path / "backups")
    during = len(acknowledged)
    stop.set()
    await asyncio.gather(*writers)
    with _another(engine, tmp_path, request) as url:
        await asyncio.to_thread(
            backups.restore, file, url, files=tmp_path / "f", keys=KEYS, now=utc_now()
        )
        restored = Database(url)
        async with restored.snapshot() as db:
            found = {_told(visitor) for visitor in await db.scalars(select(Visitor))}
        await restored.close()

    assert during > len(before)
    assert before <= found <= set(acknowledged)


def test_an_installation_goes_into_a_file_and_back(
    data: Path, engine: str, shell: Shell, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    source = files.pdf(tmp_path / "PSV4-Draft-Secton-11-Displacement_CN.pdf")
    shell("documents", "mirror", str(source))
    out = tmp_path / "backups"
    out.mkdir()
    old = out / "asi-20200101T000000Z.asibackup"
    for name in (old.name, f"{old.name}.part", "asi-20200101T000000Z.txt"):
        (out / name).touch()

    made = shell("backup", "create", str(out), "--keep-days", "30", "--json").json
    looked = shell("backup", "verify", made["file"], "--json").json
    refused = shell("backup", "restore", made["file"])
    with _another(engine, tmp_path, request) as url, pytest.MonkeyPatch.context() as patch:
        patch.setenv("ASI_DATABASE_URL", url)
        patch.setenv("ASI_DATA_DIR", str(tmp_path / "another"))
        restored = shell("backup", "restore", made["file"])
        listed = shell("documents", "list", "--json").json

    assert made["forgotten"] == [str(old), f"{old}.part"]
    assert sorted(file.suffix for file in out.iterdir()) == [".asibackup", ".txt"]
    assert looked == {name: made[name] for name in looked}
    assert (looked["database"], looked["files"], looked["schema"]) == (engine, 1, schema.head())
    # database_not_empty
    assert (refused.code, "is not empty" in refused.err) == (1, True)
    assert (restored.code, [row["slug"] for row in listed if row["state"] == "mirrored"]) == (
        0,
        ["ps-v4-displacement"],
    )
    assert _mirrored(tmp_path / "another") == _mirrored(data) != []


@pytest.mark.any_database
def test_a_damaged_database_is_kept_beside_the_restored_one(
    data: Path, database_url: str, shell: Shell, tmp_path: Path
) -> None:
    file = _made(database_url, tmp_path / "backups")
    broken = Path(database_url.removeprefix("sqlite:///"))
    broken.write_bytes(b"no database any more" * 100)
    broken.with_name(f"{broken.name}-wal").write_bytes(b"nor its log")

    refused = shell("backup", "restore", str(file))
    restored = shell("backup", "restore", str(file), "--replace")

    [kept] = [found for found in broken.parent.glob(f"{broken.name}.before-*") if found.suffix]
    assert (refused.code, restored.code) == (1, 0)
    assert str(kept) in restored.err
    assert kept.read_bytes().startswith(b"no database any more")
    assert not list(broken.parent.glob("*restoring*"))
    assert not list(data.glob(".asi-backup-*"))
    assert shell("documents", "list").code == 0


@pytest.mark.any_database
def test_a_database_that_is_served_is_not_replaced(
    database_url: str, data: Path, shell: Shell, tmp_path: Path
) -> None:
    del data
    file = _made(database_url, tmp_path / "backups")

    with serving_lock(database_url):
        refused = shell("backup", "restore", str(file), "--replace")

    assert (refused.code, "Another process serves" in refused.err) == (1, True)


@pytest.mark.any_database
def test_what_is_not_a_whole_backup_of_ours_is_refused(database_url: str, tmp_path: Path) -> None:
    whole = _made(database_url, tmp_path / "backups").read_bytes()
    frame = 10 + 4 + 16
    altered = {
        "an empty file": b"",
        "something else": b"SQLite format 3\0" + whole,
        "another format": whole[:9] + b"\x02" + whole[10:],
        "another salt": whole[:20] + bytes([whole[20] ^ 1]) + whole[21:],
        "a bit in the middle": whole[: len(whole) // 2] + b"?!" + whole[len(whole) // 2 + 2 :],
        "the last byte gone": whole[:-1],
        "the head alone": whole[:frame],
        "cut off after a frame": whole[: frame + 4 + int.from_bytes(whole[frame : frame + 4])],
        "something behind it": whole + b"?",
        "its own end twice": whole + whole[frame:],
    }
    target = tmp_path / "target" / "asi.db"

    for name, content in altered.items():
        file = tmp_path / "altered"
        file.write_bytes(content)
        with pytest.raises(BackupDamaged) as refused:
            backups.restore(
                file, f"sqlite:///{target}", files=tmp_path / "f", keys=KEYS, now=utc_now()
            )
        assert refused.value.code == "backup_damaged", name

    assert [file.name for file in target.parent.iterdir()] == ["asi.db.lock"]


@pytest.mark.any_database
def test_only_a_key_of_its_day_opens_a_backup(
    database_url: str, data: Path, shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del data
    file = _made(database_url, tmp_path / "backups", keys=Keys("k" * 40))

    refused = shell("backup", "verify", str(file))
    with pytest.raises(BackupKeyWrong) as wrong:
        backups.verify(file, keys=KEYS, scratch=tmp_path)
    outcomes = []
    for name in ("ASI_BACKUP_KEY", "ASI_SECRET_KEY_OLD", "ASI_SECRET_KEY"):
        with monkeypatch.context() as patch:
            patch.setenv(name, "k" * 40)
            outcomes.append(shell("backup", "verify", str(file)).code)
    missing = shell("backup", "verify", str(tmp_path / "none"))

    assert (refused.code, "a key that is not here" in refused.err) == (1, True)
    assert wrong.value.code == "backup_key_wrong"
    assert outcomes == [0, 0, 0]
    # backup_not_written
    assert (missing.code, "No such file" in missing.err) == (1, True)


@pytest.mark.any_database
def test_rows_are_counted_again(database_url: str, tmp_path: Path) -> None:
    file = Path(database_url.removeprefix("sqlite:///"))
    manifest = backups.verify(
        _made(database_url, tmp_path / "backups"), keys=KEYS, scratch=tmp_path
    )
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("DELETE FROM contact_channels")
    wrong = _packed(file, tmp_path, rows=manifest.rows, revision=manifest.revision)

    with pytest.raises(BackupDamaged, match="contact_channels"):
        backups.verify(wrong, keys=KEYS, scratch=tmp_path)


@pytest.mark.any_database
def test_an_older_schema_is_brought_up_and_a_newer_one_refused(tmp_path: Path) -> None:
    outcomes = []
    for revision, stored in (("0023", "0023"), ("0023", "9999")):
        old = tmp_path / f"{stored}.db"
        schema.upgrade(f"sqlite:///{old}", revision)
        with closing(sqlite3.connect(old)) as connection, connection:
            connection.execute("UPDATE alembic_version SET version_num = ?", (stored,))
            named = connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
            ).fetchall()
            rows = {
                name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0]  # noqa: S608
                for (name,) in named
            }
        file = _packed(old, tmp_path, rows=rows, revision=stored)
        url = f"sqlite:///{tmp_path / stored / 'asi.db'}"
        try:
            backups.restore(file, url, files=tmp_path / "f", keys=KEYS, now=utc_now())
            outcomes.append(str(schema.current(url)))
        except schema.SchemaTooNew as refusal:
            outcomes.append(f"{refusal.code} {refusal.values['revision']}")

    assert outcomes == [schema.head(), "schema_too_new 9999"]
    assert [found.name for found in (tmp_path / "9999").iterdir()] == ["asi.db.lock"]


@pytest.mark.any_database
def test_a_backup_that_is_killed_leaves_nothing_readable(database_url: str, tmp_path: Path) -> None:
    out = tmp_path / "backups"

    left = {}
    for dying in (_die_copying, _die_writing):
        killed = get_context("fork").Process(target=dying, args=(database_url, out))
        killed.start()
        killed.join(60)
        assert killed.exitcode == -9
        left[dying] = [file.name for file in tmp_path.glob(".asi-backup-*")]
    parts = list(out.iterdir())

    # The second took away what the first had left, and left nothing itself.
    assert (len(left[_die_copying]), left[_die_writing]) == (1, [])
    assert {part.suffixes[-1] for part in parts} == {".part"}
    assert not any(b"SQLite" in part.read_bytes() for part in parts)


def _die_copying(url: str, out: Path) -> None:
    sqlite_copies._vacuum = lambda *_: os.kill(os.getpid(), 9)  # noqa: SLF001 - a moment inside
    _made(url, out)


def _die_writing(url: str, out: Path) -> None:
    put = envelope.Sealed.put

    def die(self: envelope.Sealed, kind: envelope.Kind, content: bytes) -> None:
        put(self, kind, content)
        self._target.flush()
        if kind is envelope.Kind.CONTENT:
            os.kill(os.getpid(), 9)

    envelope.Sealed.put = die  # type: ignore[method-assign] # in a process of its own
    _made(url, out)


PROGRAMS = [
    ("", 1, "program_missing", "not installed"),
    ("echo 'pg_dump (PostgreSQL) 9.6.24'", 0, "program_too_old", "is of version 9"),
    (
        "[ \"$1\" = --version ] && echo 'pg_dump (PostgreSQL) 99.1' && exit; echo 'no room' >&2",
        7,
        "program_failed",
        "pg_dump gave up: no room",
    ),
]


@pytest.mark.parametrize(("words", "code", "refusal", "sentence"), PROGRAMS)
def test_postgresqls_own_programs_are_asked_for_in_one_sentence(
    postgresql_template: Template,
    shell: Shell,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: str,
    code: int,
    refusal: str,
    sentence: str,
) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    if words:
        program = programs / "pg_dump"
        program.write_text(f"#!/bin/sh\n{words}\nexit {code}\n")
        program.chmod(0o700)
    with postgresql_template.copy(tmp_path) as url:
        monkeypatch.setenv("ASI_DATABASE_URL", url)
        monkeypatch.setenv("PATH", str(programs))

        refused = shell("backup", "create", str(tmp_path / "backups"))

    assert refusal.startswith("program_")
    assert (refused.code, sentence in refused.err) == (1, True)
    assert not list((tmp_path / "backups").iterdir())


def test_a_backup_is_restored_into_its_own_kind(
    sqlite_template: Template, postgres_server: str, tmp_path: Path
) -> None:
    with sqlite_template.copy(tmp_path) as url:
        file = _made(url, tmp_path / "backups")
    other = postgres.create_database(postgres_server, f"kind_{next(_numbers)}")

    with pytest.raises(backups.BackupOfOtherKind) as refused:
        backups.restore(file, other, files=tmp_path, keys=KEYS, now=utc_now())
    assert refused.value.code == "backup_of_other_kind"
    assert schema.is_empty(other)
    postgres.drop_database(postgres_server, other.rpartition("/")[2].partition("?")[0])


def _mirrored(data: Path) -> list[tuple[str, bytes]]:
    return sorted((file.name, file.read_bytes()) for file in (data / "files").glob("*/*"))


def _packed(file: Path, folder: Path, *, rows: dict[str, int], revision: str) -> Path:
    """A backup that says of a SQLite file what it is told to say."""
    packed = folder / f"{file.name}.asibackup"
    copy = folder / f"{file.name}.copy"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("VACUUM INTO ?", (str(copy),))
    with packed.open("wb") as target:
        packing = Packing(target, keys=KEYS)
        packing.add("database/sqlite", iter([copy.read_bytes()]))
        packing.close(
            Manifest(
                made_at="2026-03-02T00:00:00+00:00",
                version="0.1.0",
                engine="sqlite",
                revision=revision,
                rows=rows,
                parts=packing.parts,
            )
        )
    return packed
