"""What is promised of jobs when something goes wrong: lost, cut off, stopped, without database."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from services import jobs
from services.jobs import running
from services.runtime.database import Database
from tests.support import effects
from tests.support.clocks import SetClock
from tests.support.job_house import JobHouse, fail, give_up, note, nothing


@pytest.fixture
async def house(database: Database, clock: SetClock) -> JobHouse:
    await effects.prepare(database)
    return JobHouse(database, clock, note)


async def test_a_lost_job_has_its_effect_once(house: JobHouse) -> None:
    async def lose(run: jobs.Run) -> None:
        house.work = note
        await house.declare_workers_dead()
        assert await house.run_due() == 1
        await note(run)

    house.work = lose
    await house.enqueue()
    runner = house.runner()

    await runner.run_due()

    assert await house.effects() == ["one"]
    assert runner.outcomes == {"lost": 1}
    assert await house.listed() == []


async def test_a_lost_job_takes_no_further_step(house: JobHouse) -> None:
    async def lose(run: jobs.Run) -> None:
        async with run.step() as db:
            await effects.leave(db, "held")
        house.work = nothing
        await house.declare_workers_dead()
        await house.run_due()
        async with run.step() as db:
            await effects.leave(db, "lost")

    house.work = lose
    await house.enqueue()

    await house.run_due()

    assert await house.effects() == ["held"]


async def test_who_lost_a_job_cannot_fail_it(house: JobHouse) -> None:
    async def lose(run: jobs.Run) -> None:
        house.work = give_up
        await house.declare_workers_dead()
        await house.run_due()
        error = {"retry": jobs.Retry("late"), "give up": jobs.GiveUp("late")}
        raise error[str(run.payload["name"])]

    for name in ("retry", "give up"):
        house.work = lose
        await house.enqueue(name)
        await house.run_due()

    assert [job.error for job in await house.listed()] == ["blocked", "blocked"]


async def test_an_effect_that_fails_is_undone_and_tried_again(house: JobHouse) -> None:
    async def fail_at_the_end(run: jobs.Run) -> None:
        async with run.closing() as db:
            await effects.leave(db, "half")
            await fail(run)

    house.work = fail_at_the_end
    await house.enqueue()

    await house.run_due()

    assert await house.effects() == []
    [waiting] = await house.listed()
    assert waiting.failures == 1


async def test_an_error_after_the_end_changesnothing(house: JobHouse) -> None:
    async def fail_after_the_end(run: jobs.Run) -> None:
        await note(run)
        await fail(run)

    house.work = fail_after_the_end
    await house.enqueue()

    await house.run_due()

    assert await house.effects() == ["one"]
    assert await house.listed() == []


async def test_a_job_that_takes_too_long_is_cut_off(house: JobHouse) -> None:
    house.work = _wait_for_ever
    await house.enqueue()

    await house.runner(timeout=timedelta(milliseconds=5)).run_due()

    [waiting] = await house.listed()
    assert (waiting.failures, waiting.error) == (1, "TimeoutError")


async def _wait_for_ever(_run: jobs.Run) -> None:
    await asyncio.Event().wait()


async def test_a_runner_is_woken_by_a_commit(house: JobHouse) -> None:
    done = asyncio.Event()

    async def tell(run: jobs.Run) -> None:
        await note(run)
        if len(await house.effects()) == 20:
            done.set()

    house.work = tell
    async with house.running():
        for number in range(20):
            await house.enqueue(str(number))
        await done.wait()

    assert len(await house.effects()) == 20


async def test_a_runner_queues_repeated_jobs(house: JobHouse) -> None:
    done = asyncio.Event()

    async def tell(_run: jobs.Run) -> None:
        done.set()

    house.work = tell
    async with house.running():
        await done.wait()

    assert await house.listed() == []


async def _stopped_in_the_midst(house: JobHouse) -> None:
    """Run a job that never ends, and stop whoever runs it."""
    begun = asyncio.Event()

    async def hang(_run: jobs.Run) -> None:
        begun.set()
        await asyncio.Event().wait()

    house.work = hang
    await house.enqueue("hangs")
    async with house.running(grace=timedelta(0)):
        await begun.wait()


async def test_a_stop_releases_what_still_runs(house: JobHouse) -> None:
    await _stopped_in_the_midst(house)

    released = next(job for job in await house.listed() if job.payload == {"name": "hangs"})
    assert (released.state, released.failures, released.attempts) == ("waiting", 0, 1)
    house.work = note
    assert await house.run_due() >= 1


async def test_a_released_job_goes_by_no_clock(house: JobHouse) -> None:
    await _stopped_in_the_midst(house)
    if not house.database.is_sqlite:
        # PostgreSQL's own may be set back, too.
        async with house.database.snapshot() as db:
            by = await db.scalars(text("SELECT scheduled_at FROM procrastinate_jobs"))
        assert set(by) == {None}
    house.clock.now -= timedelta(hours=8)
    house.work = note

    await house.run_due()

    assert "hangs" in await house.effects()


async def test_a_stop_lets_what_runs_come_to_its_end(house: JobHouse) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def linger(run: jobs.Run) -> None:
        begun.set()
        await go_on.wait()
        await note(run)

    house.work = linger
    await house.enqueue("lingers")
    stop = asyncio.Event()
    task = asyncio.create_task(house.runner().run(stop))
    await begun.wait()
    stop.set()
    go_on.set()
    await task

    assert "lingers" in await house.effects()


async def test_what_cannot_be_settled_is_found_by_the_sweep(house: JobHouse) -> None:
    async def break_the_table(run: jobs.Run) -> None:
        await house.rename_jobs(away=True)
        await fail(run)

    house.work = break_the_table
    await house.enqueue()
    with pytest.raises(running.DATABASE_TROUBLE):
        await house.run_due()
    await house.rename_jobs(away=False)
    await house.declare_workers_dead()
    house.work = note

    assert await house.run_due() == 1
    assert await house.effects() == ["one"]


async def test_a_runner_outlives_trouble_with_the_database(
    house: JobHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "PAUSE_SECONDS", 0.01)
    done = asyncio.Event()

    async def tell(run: jobs.Run) -> None:
        await note(run)
        done.set()

    house.work = tell
    await house.enqueue()
    await house.rename_jobs(away=True)
    async with house.running():
        await asyncio.sleep(0.05)
        await house.rename_jobs(away=False)
        await done.wait()

    assert "one" in await house.effects()


async def test_trouble_while_queueing_is_the_databases(house: JobHouse) -> None:
    await house.rename_jobs(away=True)

    with pytest.raises(SQLAlchemyError):
        await house.enqueue()
