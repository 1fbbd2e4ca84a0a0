"""Clocks that jump: a job that runs is not taken for abandoned, and none runs twice."""

import asyncio
from datetime import timedelta

import pytest

from services import jobs
from services.runtime.database import Database
from tests.support import effects, job_house
from tests.support.clocks import SetClock
from tests.support.figures import Tell
from tests.support.job_house import JobHouse

HOUR = timedelta(hours=1)


@pytest.mark.parametrize("jump", [HOUR, -HOUR], ids=["forward", "back"])
async def test_a_clock_that_jumps_runs_no_job_twice(
    database: Database, clock: SetClock, jump: timedelta, figure: Tell
) -> None:
    begun: list[str] = []
    underway, go_on = asyncio.Event(), asyncio.Event()

    async def slow(run: jobs.Run) -> None:
        begun.append(str(run.payload.get("name")))
        underway.set()
        await go_on.wait()
        await job_house.note(run)

    house = JobHouse(database, clock, slow)
    await effects.prepare(database)
    await house.enqueue()
    async with house.running():
        await underway.wait()
        clock.now += jump
        house.machine.now += jump
        if not database.is_sqlite:  # one process runs the jobs of a file; here there is another one
            await house.runner().run_due()
        go_on.set()

    figure(18, f"runs of one job, clock {jump.total_seconds() / 3600:+.0f} h", begun.count("one"))
    assert begun.count("one") == 1
    assert (await house.effects()).count("one") == 1
