"""Jobs and kill -9: none is lost, and each has its effect once."""

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import NamedTuple

import pytest

from services import jobs
from services.runtime.database import Database
from tests.conftest import ROOT
from tests.resilience.sizes import JOB_KILLS, JOBS, WORKER_JOBS, WORKER_KILLS
from tests.support import effects
from tests.support.figures import Tell
from tests.support.job_worker import KIND
from tests.support.templates import Template

GHOSTS = 20
LEASE_SECONDS = 3.0
RESTART_SECONDS = 2.0
"""Within this, a job that was cut off begins again, once it can be known that it was."""

LONG_SECONDS = 120
WORKERS = 2


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
    return Trial(database, tmp_path)


async def _fill(database: Database, number_of_jobs: int) -> list[str]:
    """Queue jobs, and some that are rolled back; give the names of those that are to be done."""
    names = [f"{number:05}" for number in range(number_of_jobs)]
    for name in names:
        async with database.transaction() as db:
            await jobs.enqueue(db, KIND, key=name, name=name)
    for _ in range(GHOSTS):
        async with database.writing() as db:
            await jobs.enqueue(db, KIND, name="ghost")
            await db.rollback()
    return names


@pytest.mark.alone
@pytest.mark.timeout(300)
async def test_kill_9_loses_no_job_and_doubles_no_effect(trial: Trial, figure: Tell) -> None:
    names = await _fill(trial.database, JOBS)
    killed_at = 0.0
    for _ in range(JOB_KILLS):
        with trial.worker() as process:
            trial.wait_for(trial.begun + JOBS // (JOB_KILLS + 4))
            process.kill()
        killed_at = time.monotonic()
    cut_off = await _unfinished(trial)

    with trial.worker() as process:
        await _until_done(trial)
        process.terminate()
        code = process.wait(timeout=LONG_SECONDS)

    assert await effects.found(trial.database) == names
    assert code == 0
    assert cut_off
    lease = 0.0 if trial.database.is_sqlite else LEASE_SECONDS
    slowest = max(_restart_seconds(trial, name, known_at=killed_at + lease) for name in cut_off)
    figure(2, f"effects of {JOBS} jobs under {JOB_KILLS} kills, ghosts 0", len(names))
    figure(2, "slowest restart once it could be known", slowest, "s")
    assert slowest <= RESTART_SECONDS


@pytest.mark.timeout(600)
async def test_two_workers_of_which_one_is_killed_again_and_again(
    postgresql_template: Template, tmp_path: Path, figure: Tell
) -> None:
    with postgresql_template.copy(tmp_path) as url, ExitStack() as stack:
        database = Database(url)
        trial = Trial(database, tmp_path)
        await effects.prepare(database)
        names = await _fill(database, WORKER_JOBS)
        living = [stack.enter_context(trial.worker()) for _ in range(WORKERS)]
        for _ in range(WORKER_KILLS):
            trial.wait_for(trial.begun + WORKER_JOBS // (2 * WORKER_KILLS))
            living.pop(0).kill()
            living.append(stack.enter_context(trial.worker()))

        await _until_done(trial)
        done = await effects.found(database)
        await database.close()

    begun = Counter(line.name for line in trial.ledger if line.event == "begun")
    figure(3, f"effects of {WORKER_JOBS} jobs, two workers, {WORKER_KILLS} kills", len(done))
    figure(3, "jobs begun more than once", sum(times > 1 for times in begun.values()))
    assert done == names


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
