"""Backups while the service is busy: as fast as promised, and in nobody's way."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from threading import Event, Thread

import pytest

from services import backups
from services.backups import Keys
from services.runtime.clock import utc_now
from tests.conftest import SECRET_KEY
from tests.support.templates import Template

pytestmark = pytest.mark.alone

MEGABYTES = 50
SECONDS = 1.0
"""For each 50 MB (reliability.md, bar 6)."""

LONGEST_WRITE = 1.0
APART = 0.01
"""Seconds between two writes: 100 a second."""

PUSH = (
    "INSERT INTO pushes (account, digest, name, pushed_at, received_at, openid, body, answer, late)"
    " VALUES ('mini_program', ?, 'text', '2026-03-02', '2026-03-02', 'o-made-up', ?, 'none', 0)"
)


def test_a_backup_takes_a_second_for_fifty_megabytes_while_others_write(
    sqlite_template: Template, tmp_path: Path
) -> None:
    with sqlite_template.copy(tmp_path) as url:
        file = Path(url.removeprefix("sqlite:///"))
        with closing(sqlite3.connect(file)) as connection, connection:
            rows = ((f"{number:064}", "x" * 10_000) for number in range(MEGABYTES * 100))
            connection.executemany(PUSH, rows)
        stop, waits = Event(), list[float]()
        writer = Thread(target=_write, args=(file, stop, waits))
        writer.start()

        best = min(_seconds(url, tmp_path / f"backups-{attempt}") for attempt in range(3))
        stop.set()
        writer.join()
        size = file.stat().st_size / 2**20

    assert size > MEGABYTES
    assert best <= SECONDS * size / MEGABYTES
    assert len(waits) > 10
    assert max(waits) <= LONGEST_WRITE


def _seconds(url: str, folder: Path) -> float:
    begun = time.perf_counter()
    backups.make(url, folder=folder, files=folder, keys=Keys(SECRET_KEY), now=utc_now())
    return time.perf_counter() - begun


def _write(file: Path, stop: Event, waits: list[float]) -> None:
    """Write as the service does, each row durably, and keep how long each took."""
    with closing(sqlite3.connect(file, isolation_level=None, timeout=10)) as connection:
        for pragma in ("journal_mode=WAL", "synchronous=FULL"):
            connection.execute(f"PRAGMA {pragma}")
        number = 1
        while not stop.wait(APART):
            begun = time.perf_counter()
            connection.execute(PUSH, (f"w{number:063}", "y"))
            waits.append(time.perf_counter() - begun)
            number += 1
