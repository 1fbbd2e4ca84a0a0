"""Jobs and kill -9: none is lost, and each has its effect once."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import NamedTuple

import pytest

from services import jobs
from services.runtime.database import Database
from tests.conftest import ROOT
from tests.support import effects
from tests.support.job_worker import KIND

pytestmark = pytest.mark.alone

LONG = bool(os.environ.get("ASI_LONG"))
JOBS, KILLS = (500, 10) if LONG else (200, 6)
GHOSTS = 20
LEASE_SECONDS = 3.0
RESTART_SECONDS = 2.0
"""Within this, a job that was cut off begins again, once it can be known that it was."""

LONG_SECONDS = 60


class Line(NamedTuple):
    """What a worker wrote."""

    at: float
    event: str
    name: str


@dataclass
class Trial:
    """A database full of jobs, and workers that are killed."""

    database: Database
    folder: Path

    @property
    def ledger(self) -> list[Line]:
        file = self.folder / "ledger"
        lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
        return [Line(float(at), event, name) for at, event, name in map(str.split, lines)]

    @property
    def begun(self) -> int:
        return sum(line.event == "begun" for line in self.ledger)

    @contextmanager
    def worker(self) -> Iterator[subprocess.Popen[bytes]]:
        lease = str(LEASE_SECONDS)
        program = [sys.executable, "-m", "tests.support.job_worker", self.database.url]
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(
                [*program, str(self.folder / "ledger"), lease], cwd=ROOT, stdout=log, stderr=log
            )
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    def wait_for(self, begun: int) -> None:
        pause = Event()
        for _ in range(LONG_SECONDS * 100):
            if self.begun >= begun:
                return
            pause.wait(0.01)
        pytest.fail((self.folder / "log").read_text(encoding="utf-8"))


@pytest.fixture
async def trial(database: Database, tmp_path: Path) -> Trial:
    await effects.prepare(database)
    for number in range(JOBS):
        async with database.transaction() as db:
            await jobs.enqueue(db, KIND, key=f"{number}", name=f"{number:03}")
    for _ in range(GHOSTS):
        async with database.writing() as db:
            await jobs.enqueue(db, KIND, name="ghost")
            await db.rollback()
    return Trial(database, tmp_path)


@pytest.mark.timeout(300)
async def test_kill_9_loses_no_job_and_doubles_no_effect(trial: Trial) -> None:
    killed_at = 0.0
    for _ in range(KILLS):
        with trial.worker() as process:
            trial.wait_for(trial.begun + JOBS // (KILLS + 4))
            process.kill()
        killed_at = time.monotonic()
    cut_off = await _unfinished(trial)

    with trial.worker() as process:
        await _until_done(trial)
        process.terminate()
        code = process.wait(timeout=LONG_SECONDS)

    assert await effects.found(trial.database) == [f"{number:03}" for number in range(JOBS)]
    assert code == 0
    assert cut_off
    lease = 0.0 if trial.database.is_sqlite else LEASE_SECONDS
    for name in cut_off:
        assert _restart_seconds(trial, name, known_at=killed_at + lease) <= RESTART_SECONDS


async def _unfinished(trial: Trial) -> set[str]:
    """Give the jobs that a worker began and that had no effect."""
    begun = {line.name for line in trial.ledger if line.event == "begun"}
    return begun - set(await effects.found(trial.database))


async def _until_done(trial: Trial) -> None:
    pause = Event()
    for _ in range(LONG_SECONDS * 20):
        async with trial.database.snapshot() as db:
            if not await jobs.listed(db):
                return
        pause.wait(0.05)
    pytest.fail((trial.folder / "log").read_text(encoding="utf-8"))


def _restart_seconds(trial: Trial, name: str, *, known_at: float) -> float:
    """Tell how long a job that was cut off last waited, from when a worker could know of it."""
    ready_at = max(line.at for line in trial.ledger if line.event == "ready")
    again_at = min(line.at for line in trial.ledger if line.name == name and line.at > ready_at)
    return again_at - max(known_at, ready_at)
