"""What is promised of jobs: queueing, waiting, failing, and what staff can do."""

import asyncio
from datetime import timedelta

import pytest

from models.vocabulary import JobState
from services import jobs
from services.jobs import JobNotFound, running
from services.runtime.database import Database
from tests.support import effects
from tests.support.clocks import SetClock
from tests.support.job_house import MINUTE, JobHouse, fail, give_up, note, nothing


@pytest.fixture
async def house(database: Database, clock: SetClock) -> JobHouse:
    await effects.prepare(database)
    return JobHouse(database, clock, note)


async def test_a_job_runs_once_its_transaction_is_committed(house: JobHouse) -> None:
    async with house.database.transaction() as db:
        await jobs.enqueue(db, "note", name="one")
        # On SQLite nobody can even try to take a job while another writes.
        before = 0 if house.database.is_sqlite else await house.run_due()

    after = await house.run_due()

    assert (before, after) == (0, 1)
    assert await house.effects() == ["one"]
    assert await house.listed() == []


async def test_a_job_may_be_queued_without_a_session(house: JobHouse) -> None:
    async with house.database.writer.begin() as connection:
        await jobs.enqueue(connection, "note", name="one")

    assert await house.run_due() == 1


async def test_a_rollback_leaves_no_job(house: JobHouse) -> None:
    with pytest.raises(RuntimeError):
        await _enqueue_and_fail(house)

    assert await house.run_due() == 0
    assert await house.listed() == []


async def _enqueue_and_fail(house: JobHouse) -> None:
    async with house.database.transaction() as db:
        await jobs.enqueue(db, "note", name="one")
        await fail(None)  # type: ignore[arg-type] # it looks at nothing


async def test_a_job_knows_what_it_was_queued_with(house: JobHouse, clock: SetClock) -> None:
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


async def test_of_jobs_with_one_key_one_waits(house: JobHouse) -> None:
    async with house.database.transaction() as db:
        await jobs.enqueue(db, "note", key="k", name="one")
        await jobs.enqueue(db, "note", key="k", name="two")
        await effects.leave(db, "the transaction goes on")
    await house.enqueue("three", key="k")
    await house.enqueue("other", key="l")

    await house.run_due()

    assert await house.effects() == ["one", "other", "the transaction goes on"]


async def test_a_key_is_free_while_its_job_runs(house: JobHouse) -> None:
    async def queue_another(run: jobs.Run) -> None:
        await note(run)
        if run.payload["name"] == "one":
            await house.enqueue("two", key="k")

    house.work = queue_another
    await house.enqueue("one", key="k")

    assert await house.run_due() == 2
    assert await house.effects() == ["one", "two"]


async def test_of_two_jobs_with_one_key_the_waiting_one_stays(house: JobHouse) -> None:
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


async def test_a_job_waits_for_its_instant_by_our_clock(house: JobHouse, clock: SetClock) -> None:
    await house.enqueue(run_at=clock.now + MINUTE)

    early = await house.run_due()
    clock.now += MINUTE
    late = await house.run_due()

    assert (early, late) == (0, 1)


async def test_a_clock_ahead_of_the_database_is_followed(house: JobHouse, clock: SetClock) -> None:
    clock.set("2126-03-02T09:00+08:00")
    await house.enqueue(run_at=clock.now + MINUTE)

    early = await house.run_due()
    clock.now += MINUTE
    late = await house.run_due()

    assert (early, late) == (0, 1)


async def test_a_failed_job_is_tried_again_after_a_while(house: JobHouse, clock: SetClock) -> None:
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
    house: JobHouse, clock: SetClock
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


async def test_a_job_may_give_up_by_itself(house: JobHouse) -> None:
    async def give_up(_run: jobs.Run) -> None:
        reason = "blocked"
        raise jobs.GiveUp(reason)

    house.work = give_up
    await house.enqueue()

    await house.run_due()

    [dead] = await house.listed()
    assert (dead.state, dead.error, dead.attempts) == (JobState.DEAD, "blocked", 1)


async def test_a_dead_letter_gives_way_to_a_waiting_job_with_its_key(house: JobHouse) -> None:
    house.work = give_up
    await house.enqueue("one", key="k")
    await house.run_due()
    [dead] = await house.listed()
    await house.enqueue("two", key="k")

    async with house.database.transaction() as db:
        await jobs.retry(db, job_id=dead.id)

    [waiting] = await house.listed()
    assert waiting.payload == {"name": "two"}


async def test_what_is_not_there_or_runs_is_neither_retried_nor_cancelled(house: JobHouse) -> None:
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


async def test_past_its_deadline_a_job_expires(house: JobHouse, clock: SetClock) -> None:
    await house.enqueue(deadline=clock.now + MINUTE)
    clock.now += MINUTE

    assert await house.run_due() == 0

    [expired] = await house.listed()
    assert (expired.state, expired.error) == (JobState.EXPIRED, "deadline")
    assert await house.effects() == []
    async with house.database.transaction() as db:
        with pytest.raises(JobNotFound):
            await jobs.retry(db, job_id=expired.id)


async def test_what_ended_long_ago_is_taken_away(house: JobHouse, clock: SetClock) -> None:
    house.work = give_up
    await house.enqueue()
    await house.run_due()
    await house.enqueue()
    runner = house.runner()

    kept = await runner.tidy()
    clock.now += running.KEPT + MINUTE
    gone = await runner.tidy()

    assert (kept, gone) == (0, 1)
    assert [job.state for job in await house.listed()] == [JobState.WAITING]


async def test_a_repeated_job_is_queued_once_a_turn_by_one_process(house: JobHouse) -> None:
    house.work = nothing
    one, two = house.runner(), house.runner()

    turns = []
    for _ in range(2):
        turns += [await one.queue_scheduled(), await two.queue_scheduled()]
        turns += [await one.queue_scheduled(), await house.run_due()]
        house.machine.now += MINUTE

    assert turns == [1, 0, 0, 1] * 2


async def test_a_machine_set_back_does_not_stop_repeated_jobs(house: JobHouse) -> None:
    house.work = nothing
    runner = house.runner()
    await runner.queue_scheduled()
    await house.run_due()

    house.machine.now -= timedelta(hours=1)

    assert await runner.queue_scheduled() == 1


async def test_a_repeated_job_is_queued_once_by_processes_at_the_same_instant(
    house: JobHouse,
) -> None:
    runners = [house.runner() for _ in range(5)]

    queued = await asyncio.gather(*(runner.queue_scheduled() for runner in runners))

    assert sum(queued) == 1


async def test_kinds_that_a_process_does_not_know_are_left_to_others(house: JobHouse) -> None:
    async with house.database.transaction() as db:
        await jobs.enqueue(db, "unheard_of", name="one")

    assert await house.run_due() == 0

    [waiting] = await house.listed()
    assert (waiting.kind, waiting.state, waiting.attempts) == ("unheard_of", "waiting", 0)


async def test_figures_tell_whether_jobs_keep_up(house: JobHouse, clock: SetClock) -> None:
    house.work = fail
    await house.enqueue("retried")
    await house.run_due()
    house.work = give_up
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


async def test_figures_of_no_jobs_are_nought(house: JobHouse, clock: SetClock) -> None:
    async with house.database.snapshot() as db:
        found = await jobs.figures(db, now=clock.now)

    assert (found.waiting, found.due, found.oldest_due_seconds) == (0, 0, 0)
