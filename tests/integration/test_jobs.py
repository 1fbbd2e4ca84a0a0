"""What is promised of jobs, on both databases."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from models.vocabulary import JobState
from services import jobs
from services.jobs import JobNotFound, running
from services.jobs.rows import Listed
from services.runtime.database import Database
from tests.support import effects
from tests.support.clocks import SetClock

MINUTE = timedelta(minutes=1)
LONG_SECONDS = 20
"""For what should take milliseconds: only a fault takes longer."""

Work = Callable[[jobs.Run], Awaitable[None]]


@dataclass
class House:
    """A database with runners, and a kind of job whose work each test sets."""

    database: Database
    clock: SetClock
    machine: SetClock = field(default_factory=lambda: SetClock(datetime(2026, 6, 1, tzinfo=UTC)))
    work: Work | None = None

    def runner(self, *, grace: timedelta = MINUTE, timeout: timedelta = MINUTE) -> jobs.Runner:
        async def work(run: jobs.Run) -> None:
            assert self.work is not None
            await self.work(run)

        kind = jobs.Kind(name="note", run=work, attempts=3, timeout=timeout)
        registry = jobs.Registry([kind], [jobs.Schedule(kind="note", every=MINUTE)])
        return jobs.runner(
            self.database, registry, clock=self.clock, machine=self.machine, grace=grace
        )

    async def run_due(self) -> int:
        return await self.runner().run_due()

    async def enqueue(
        self,
        name: str = "one",
        *,
        key: str | None = None,
        run_at: datetime | None = None,
        deadline: datetime | None = None,
    ) -> None:
        async with self.database.transaction() as db:
            await jobs.enqueue(db, "note", key=key, run_at=run_at, deadline=deadline, name=name)

    async def listed(self) -> list[Listed]:
        async with self.database.snapshot() as db:
            return await jobs.listed(db)

    async def effects(self) -> list[str]:
        return await effects.found(self.database)


async def note(run: jobs.Run) -> None:
    """Leave an effect, and be done in the same transaction."""
    async with run.closing() as db:
        await effects.leave(db, str(run.payload["name"]))


async def fail(_run: jobs.Run) -> None:
    message = "nothing but a test"
    raise RuntimeError(message)


@pytest.fixture
async def house(database: Database, clock: SetClock) -> House:
    await effects.prepare(database)
    return House(database, clock, work=note)


async def test_a_job_runs_once_its_transaction_is_committed(house: House) -> None:
    async with house.database.transaction() as db:
        await jobs.enqueue(db, "note", name="one")
        # On SQLite nobody can even try to take a job while another writes.
        before = 0 if house.database.is_sqlite else await house.run_due()

    after = await house.run_due()

    assert (before, after) == (0, 1)
    assert await house.effects() == ["one"]
    assert await house.listed() == []


async def test_a_job_may_be_queued_without_a_session(house: House) -> None:
    async with house.database.writer.begin() as connection:
        await jobs.enqueue(connection, "note", name="one")

    assert await house.run_due() == 1


async def test_a_rollback_leaves_no_job(house: House) -> None:
    with pytest.raises(RuntimeError):
        await _enqueue_and_fail(house)

    assert await house.run_due() == 0
    assert await house.listed() == []


async def _enqueue_and_fail(house: House) -> None:
    async with house.database.transaction() as db:
        await jobs.enqueue(db, "note", name="one")
        await fail(None)  # type: ignore[arg-type] # it looks at nothing


async def test_a_job_knows_what_it_was_queued_with(house: House, clock: SetClock) -> None:
    seen: list[object] = []

    async def look(run: jobs.Run) -> None:
        seen.extend((dict(run.payload), run.attempt, run.deadline, run.now))

    house.work = look
    deadline = clock.now + MINUTE
    async with house.database.transaction() as db:
        await jobs.enqueue(db, "note", deadline=deadline, push_id=2**53 + 1, slug="章")

    await house.run_due()

    assert seen == [{"push_id": 2**53 + 1, "slug": "章"}, 1, deadline, clock.now]
    assert await house.listed() == []


async def test_of_jobs_with_one_key_one_waits(house: House) -> None:
    async with house.database.transaction() as db:
        await jobs.enqueue(db, "note", key="k", name="one")
        await jobs.enqueue(db, "note", key="k", name="two")
        await effects.leave(db, "the transaction goes on")
    await house.enqueue("three", key="k")
    await house.enqueue("other", key="l")

    await house.run_due()

    assert await house.effects() == ["one", "other", "the transaction goes on"]


async def test_a_key_is_free_while_its_job_runs(house: House) -> None:
    async def queue_another(run: jobs.Run) -> None:
        await note(run)
        if run.payload["name"] == "one":
            await house.enqueue("two", key="k")

    house.work = queue_another
    await house.enqueue("one", key="k")

    assert await house.run_due() == 2
    assert await house.effects() == ["one", "two"]


async def test_of_two_jobs_with_one_key_the_waiting_one_stays(house: House) -> None:
    async def fail_behind_another(run: jobs.Run) -> None:
        if run.payload["name"] == "one":
            await house.enqueue("two", key="k")
            await fail(run)
        await note(run)

    house.work = fail_behind_another
    await house.enqueue("one", key="k")

    await house.run_due()

    assert await house.effects() == ["two"]
    assert await house.listed() == []


async def test_a_job_waits_for_its_instant_by_our_clock(house: House, clock: SetClock) -> None:
    await house.enqueue(run_at=clock.now + MINUTE)

    early = await house.run_due()
    clock.now += MINUTE
    late = await house.run_due()

    assert (early, late) == (0, 1)


async def test_a_clock_ahead_of_the_database_is_followed(house: House, clock: SetClock) -> None:
    clock.set("2126-03-02T09:00+08:00")
    await house.enqueue(run_at=clock.now + MINUTE)

    early = await house.run_due()
    clock.now += MINUTE
    late = await house.run_due()

    assert (early, late) == (0, 1)


async def test_a_failed_job_is_tried_again_after_a_while(house: House, clock: SetClock) -> None:
    house.work = fail
    await house.enqueue()
    await house.run_due()
    [waiting] = await house.listed()

    house.work = note
    clock.now += timedelta(seconds=2)
    again = await house.run_due()

    assert (waiting.state, waiting.failures, waiting.error) == ("waiting", 1, "RuntimeError")
    assert waiting.run_at is not None
    assert again == 1
    assert await house.effects() == ["one"]


async def test_a_job_that_is_given_up_is_kept_until_somebody_acts(
    house: House, clock: SetClock
) -> None:
    house.work = fail
    await house.enqueue("one")
    await house.enqueue("two")
    for _ in range(4):
        await house.run_due()
        clock.now += MINUTE
    one, two = await house.listed()

    house.work = note
    async with house.database.transaction() as db:
        await jobs.retry(db, job_id=one.id)
        await jobs.cancel(db, job_id=two.id)
    await house.run_due()

    assert {one.state, two.state} == {JobState.DEAD}
    assert (one.attempts, one.failures, one.error) == (3, 3, "RuntimeError")
    assert one.ended_at is not None
    assert await house.effects() == ["one"]
    assert await house.listed() == []


async def test_a_job_may_give_up_by_itself(house: House) -> None:
    async def give_up(_run: jobs.Run) -> None:
        reason = "blocked"
        raise jobs.GiveUp(reason)

    house.work = give_up
    await house.enqueue()

    await house.run_due()

    [dead] = await house.listed()
    assert (dead.state, dead.error, dead.attempts) == (JobState.DEAD, "blocked", 1)


async def test_a_dead_letter_gives_way_to_a_waiting_job_with_its_key(house: House) -> None:
    house.work = _give_up_at_once
    await house.enqueue("one", key="k")
    await house.run_due()
    [dead] = await house.listed()
    await house.enqueue("two", key="k")

    async with house.database.transaction() as db:
        await jobs.retry(db, job_id=dead.id)

    [waiting] = await house.listed()
    assert waiting.payload == {"name": "two"}


async def _give_up_at_once(_run: jobs.Run) -> None:
    reason = "test"
    raise jobs.GiveUp(reason)


async def test_what_is_not_there_or_runs_is_neither_retried_nor_cancelled(house: House) -> None:
    refused: list[JobNotFound] = []

    async def meddle(run: jobs.Run) -> None:
        for act in (jobs.retry, jobs.cancel):
            async with house.database.transaction() as db:
                with pytest.raises(JobNotFound) as caught:
                    await act(db, job_id=run.job.id)
            refused.append(caught.value)

    house.work = meddle
    await house.enqueue()

    await house.run_due()

    assert [refusal.code for refusal in refused] == ["job_not_found", "job_not_found"]


async def test_past_its_deadline_a_job_expires(house: House, clock: SetClock) -> None:
    await house.enqueue(deadline=clock.now + MINUTE)
    clock.now += MINUTE

    assert await house.run_due() == 0

    [expired] = await house.listed()
    assert (expired.state, expired.error) == (JobState.EXPIRED, "deadline")
    assert await house.effects() == []
    async with house.database.transaction() as db:
        with pytest.raises(JobNotFound):
            await jobs.retry(db, job_id=expired.id)


async def test_what_ended_long_ago_is_taken_away(house: House, clock: SetClock) -> None:
    house.work = _give_up_at_once
    await house.enqueue()
    await house.run_due()
    await house.enqueue()
    runner = house.runner()

    kept = await runner.tidy()
    clock.now += running.KEPT + MINUTE
    gone = await runner.tidy()

    assert (kept, gone) == (0, 1)
    assert [job.state for job in await house.listed()] == [JobState.WAITING]


async def test_a_repeated_job_is_queued_once_a_turn_by_one_process(house: House) -> None:
    house.work = _nothing
    one, two = house.runner(), house.runner()

    turns = []
    for _ in range(2):
        turns += [await one.queue_scheduled(), await two.queue_scheduled()]
        turns += [await one.queue_scheduled(), await house.run_due()]
        house.machine.now += MINUTE

    assert turns == [1, 0, 0, 1] * 2


async def test_a_machine_set_back_does_not_stop_repeated_jobs(house: House) -> None:
    house.work = _nothing
    runner = house.runner()
    await runner.queue_scheduled()
    await house.run_due()

    house.machine.now -= timedelta(hours=1)

    assert await runner.queue_scheduled() == 1


async def test_a_repeated_job_is_queued_once_by_processes_at_the_same_instant(
    house: House,
) -> None:
    runners = [house.runner() for _ in range(5)]

    queued = await asyncio.gather(*(runner.queue_scheduled() for runner in runners))

    assert sum(queued) == 1


async def _nothing(_run: jobs.Run) -> None:
    """Have no effect."""


async def test_a_lost_job_has_its_effect_once(house: House) -> None:
    async def lose(run: jobs.Run) -> None:
        house.work = note
        await _declare_dead(house.database)
        assert await house.run_due() == 1
        await note(run)

    house.work = lose
    await house.enqueue()
    runner = house.runner()

    await runner.run_due()

    assert await house.effects() == ["one"]
    assert runner.outcomes == {"lost": 1}
    assert await house.listed() == []


async def test_a_lost_job_takes_no_further_step(house: House) -> None:
    async def lose(run: jobs.Run) -> None:
        async with run.step() as db:
            await effects.leave(db, "held")
        house.work = _nothing
        await _declare_dead(house.database)
        await house.run_due()
        async with run.step() as db:
            await effects.leave(db, "lost")

    house.work = lose
    await house.enqueue()

    await house.run_due()

    assert await house.effects() == ["held"]


async def test_who_lost_a_job_cannot_fail_it(house: House) -> None:
    async def lose(run: jobs.Run) -> None:
        house.work = _give_up_at_once
        await _declare_dead(house.database)
        await house.run_due()
        error = {"retry": jobs.Retry("late"), "give up": jobs.GiveUp("late")}
        raise error[str(run.payload["name"])]

    for name in ("retry", "give up"):
        house.work = lose
        await house.enqueue(name)
        await house.run_due()

    assert [job.error for job in await house.listed()] == ["test", "test"]


async def _declare_dead(database: Database) -> None:
    """Let the workers that there are be taken for dead; on SQLite another's jobs always are."""
    if not database.is_sqlite:
        async with database.transaction() as db:
            await db.execute(text("DELETE FROM procrastinate_workers"))


async def test_an_effect_that_fails_is_undone_and_tried_again(house: House) -> None:
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


async def test_an_error_after_the_end_changes_nothing(house: House) -> None:
    async def fail_after_the_end(run: jobs.Run) -> None:
        await note(run)
        await fail(run)

    house.work = fail_after_the_end
    await house.enqueue()

    await house.run_due()

    assert await house.effects() == ["one"]
    assert await house.listed() == []


async def test_a_job_that_takes_too_long_is_cut_off(house: House) -> None:
    house.work = _wait_for_ever
    await house.enqueue()

    await house.runner(timeout=timedelta(milliseconds=5)).run_due()

    [waiting] = await house.listed()
    assert (waiting.failures, waiting.error) == (1, "TimeoutError")


async def _wait_for_ever(_run: jobs.Run) -> None:
    await asyncio.Event().wait()


async def test_kinds_that_a_process_does_not_know_are_left_to_others(house: House) -> None:
    async with house.database.transaction() as db:
        await jobs.enqueue(db, "unheard_of", name="one")

    assert await house.run_due() == 0

    [waiting] = await house.listed()
    assert (waiting.kind, waiting.state, waiting.attempts) == ("unheard_of", "waiting", 0)


async def test_figures_tell_whether_jobs_keep_up(house: House, clock: SetClock) -> None:
    house.work = fail
    await house.enqueue("retried")
    await house.run_due()
    house.work = _give_up_at_once
    await house.enqueue("dead")
    await house.enqueue("expired", deadline=clock.now)
    await house.run_due()
    await house.enqueue("later", run_at=clock.now + timedelta(days=1))
    await house.enqueue("timed", run_at=clock.now)
    clock.now += MINUTE

    async with house.database.snapshot() as db:
        found = await jobs.figures(db, now=clock.now)

    assert (found.waiting, found.due, found.retried) == (3, 2, 1)
    assert (found.running, found.dead, found.expired) == (0, 1, 1)
    assert found.oldest_due_seconds == 60


async def test_figures_of_no_jobs_are_nought(house: House, clock: SetClock) -> None:
    async with house.database.snapshot() as db:
        found = await jobs.figures(db, now=clock.now)

    assert (found.waiting, found.due, found.oldest_due_seconds) == (0, 0, 0)


@asynccontextmanager
async def _running(runner: jobs.Runner) -> AsyncIterator[None]:
    stop = asyncio.Event()
    task = asyncio.create_task(runner.run(stop))
    try:
        async with asyncio.timeout(LONG_SECONDS):
            yield
    finally:
        stop.set()
        await task


async def test_a_runner_is_woken_by_a_commit(house: House) -> None:
    done = asyncio.Event()

    async def tell(run: jobs.Run) -> None:
        await note(run)
        if len(await house.effects()) == 20:
            done.set()

    house.work = tell
    async with _running(house.runner()):
        for number in range(20):
            await house.enqueue(str(number))
        await done.wait()

    assert len(await house.effects()) == 20


async def test_a_runner_queues_repeated_jobs(house: House) -> None:
    done = asyncio.Event()

    async def tell(_run: jobs.Run) -> None:
        done.set()

    house.work = tell
    async with _running(house.runner()):
        await done.wait()

    assert await house.listed() == []


async def test_a_stop_releases_what_still_runs(house: House) -> None:
    begun = asyncio.Event()

    async def hang(_run: jobs.Run) -> None:
        begun.set()
        await asyncio.Event().wait()

    house.work = hang
    await house.enqueue("hangs")
    async with _running(house.runner(grace=timedelta(0))):
        await begun.wait()

    released = next(job for job in await house.listed() if job.payload == {"name": "hangs"})
    assert (released.state, released.failures, released.attempts) == ("waiting", 0, 1)
    house.work = note
    assert await house.run_due() >= 1


async def test_a_stop_lets_what_runs_come_to_its_end(house: House) -> None:
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


async def test_what_cannot_be_settled_is_found_by_the_sweep(house: House) -> None:
    async def break_the_table(run: jobs.Run) -> None:
        await _rename_jobs(house.database, away=True)
        await fail(run)

    house.work = break_the_table
    await house.enqueue()
    with pytest.raises(running.DATABASE_TROUBLE):
        await house.run_due()
    await _rename_jobs(house.database, away=False)
    await _declare_dead(house.database)
    house.work = note

    assert await house.run_due() == 1
    assert await house.effects() == ["one"]


async def test_a_runner_outlives_trouble_with_the_database(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "PAUSE_SECONDS", 0.01)
    done = asyncio.Event()

    async def tell(run: jobs.Run) -> None:
        await note(run)
        done.set()

    house.work = tell
    await house.enqueue()
    await _rename_jobs(house.database, away=True)
    async with _running(house.runner()):
        await asyncio.sleep(0.05)
        await _rename_jobs(house.database, away=False)
        await done.wait()

    assert "one" in await house.effects()


async def test_trouble_while_queueing_is_the_databases(house: House) -> None:
    await _rename_jobs(house.database, away=True)

    with pytest.raises(SQLAlchemyError):
        await house.enqueue()


async def _rename_jobs(database: Database, *, away: bool) -> None:
    table = "jobs" if database.is_sqlite else "procrastinate_jobs"
    old, new = (table, "gone") if away else ("gone", table)
    async with database.transaction() as db:
        await db.execute(text(f"ALTER TABLE {old} RENAME TO {new}"))
