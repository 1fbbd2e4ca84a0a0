"""The rules of jobs: when one is tried again, given up, or not run at all."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from models.vocabulary import JobState
from services import jobs
from services.jobs.kinds import word
from services.jobs.rows import Claimed, Ending, Order, PutBack
from services.jobs.verdicts import LONGEST_WAIT, MOST_INTERRUPTIONS, Standing, backoff

NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)
JOB = Claimed(
    id=1,
    kind="any",
    payload={},
    attempt=1,
    failures=0,
    interruptions=0,
    run_at=None,
    deadline=None,
)
REGISTRY_FAULT = "known once each"


async def _nothing(_run: jobs.Run) -> None:
    """Do nothing."""


KIND = jobs.Kind(name="any", run=_nothing, attempts=3)


def _failed(error: Exception, job: Claimed = JOB) -> PutBack | Ending:
    return Standing(job, NOW).failed(error, KIND)


def test_waits_double_at_random_up_to_an_hour() -> None:
    for failures in range(1, 40):
        longest = min(timedelta(seconds=2**failures), LONGEST_WAIT)

        waits = [backoff(failures) for _ in range(200)]

        assert timedelta(0) <= min(waits) <= longest / 4
        assert longest * 3 / 4 <= max(waits) <= longest


def test_a_failure_waits_and_counts() -> None:
    back = _failed(KeyError("somebody's name"))

    assert isinstance(back, PutBack)
    assert (back.failures, back.error) == (1, "KeyError")
    assert back.run_at is not None
    assert NOW <= back.run_at <= NOW + timedelta(seconds=2)


def test_a_job_may_say_when_to_try_again() -> None:
    back = _failed(jobs.Retry("rate_limited", after=timedelta(minutes=7)))

    assert isinstance(back, PutBack)
    assert (back.run_at, back.wait) == (NOW + timedelta(minutes=7), timedelta(minutes=7))


def test_no_wait_goes_past_the_deadline() -> None:
    job = replace(JOB, deadline=NOW + timedelta(minutes=1))

    back = _failed(jobs.Retry("rate_limited", after=timedelta(minutes=7)), job)

    assert isinstance(back, PutBack)
    assert back.run_at == job.deadline


def test_the_last_failure_and_giving_up_end_a_job() -> None:
    tried = replace(JOB, failures=2)

    last, given_up = _failed(jobs.Retry("busy"), tried), _failed(jobs.GiveUp("busy"))

    assert last == Ending(state=JobState.DEAD, error="busy", at=NOW, failures=3)
    assert given_up == Ending(state=JobState.DEAD, error="busy", at=NOW, failures=1)


def test_a_job_runs_neither_late_nor_early() -> None:
    late = Standing(replace(JOB, deadline=NOW), NOW).unfit()
    early = Standing(replace(JOB, run_at=NOW + timedelta(seconds=1)), NOW).unfit()
    timely = replace(JOB, run_at=NOW, deadline=NOW + timedelta(seconds=1))

    assert late == Ending(state=JobState.EXPIRED, error="deadline", at=NOW, failures=0)
    assert isinstance(early, PutBack)
    assert (early.wait, early.failures) == (timedelta(seconds=1), 0)
    assert Standing(timely, NOW).unfit() is None


def test_a_job_that_is_always_interrupted_is_given_up_at_last() -> None:
    again = Standing(JOB, NOW).orphaned()
    last = Standing(replace(JOB, interruptions=MOST_INTERRUPTIONS), NOW).orphaned()

    assert isinstance(again, PutBack)
    assert (again.interruptions, again.failures) == (1, 0)
    assert last == Ending(state=JobState.DEAD, error="interrupted", at=NOW, failures=0)


def test_a_released_job_has_neither_failed_nor_been_interrupted() -> None:
    back = Standing(replace(JOB, failures=1), NOW).released()

    assert isinstance(back, PutBack)
    assert (back.failures, back.interruptions, back.wait) == (1, 0, timedelta(0))


def test_what_is_given_back_at_once_waits_for_no_clock() -> None:
    """A clock that is set back would let it wait until it comes to that instant again."""
    job = replace(JOB, run_at=NOW)

    for back in (Standing(job, NOW).released(), Standing(job, NOW).orphaned()):
        assert isinstance(back, PutBack)
        assert (back.run_at, back.wait) == (None, timedelta(0))


def test_errors_become_words_that_name_nobody() -> None:
    found = [
        word(error) for error in (ValueError("Wei"), jobs.Retry("busy"), jobs.JobNotFound(id=1))
    ]

    assert found == ["ValueError", "busy", "job_not_found"]


def test_a_payload_carries_ids_only() -> None:
    with pytest.raises(ValueError, match="longer than an id"):
        Order(kind="any", payload={"text": "字" * 129}, queued_at=NOW)


def test_an_instant_needs_a_zone() -> None:
    naive = NOW.replace(tzinfo=None)

    with pytest.raises(ValueError, match="without a zone"):
        Order(kind="any", payload={}, queued_at=NOW, run_at=naive)
    with pytest.raises(ValueError, match="without a zone"):
        Order(kind="any", payload={}, queued_at=NOW, deadline=naive)


def test_a_registry_knows_each_kind_once() -> None:
    registry = jobs.Registry([KIND])

    assert (list(registry), len(registry), registry["any"]) == (["any"], 1, KIND)
    with pytest.raises(ValueError, match=REGISTRY_FAULT):
        jobs.Registry([KIND, KIND])
    with pytest.raises(ValueError, match=REGISTRY_FAULT):
        jobs.Registry([KIND], [jobs.Schedule(kind="other", every=timedelta(minutes=1))])
