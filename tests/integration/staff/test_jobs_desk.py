"""Jobs at the desk: seen by their state, tried again and taken away, each deed written down."""

import re
from datetime import timedelta

import pytest

from api import background
from api.app import Application
from models.vocabulary import Language
from services import audit, jobs, texts
from services.conversations.work import Doors
from tests.conftest import INSIDE_THE_ROUND
from tests.integration.staff.workers import Browser
from tests.support.clocks import SetClock

pytestmark = pytest.mark.any_database

TURN = timedelta(minutes=15)


@pytest.fixture
async def mine(application: Application) -> dict[str, int]:
    """The numbers of jobs of kinds that nobody else runs: given up, failed, due, for tomorrow."""
    database = application.parts.database

    async def hopeless(_run: jobs.Run) -> None:
        reason = "wechat_busy"
        raise jobs.GiveUp(reason)

    async def failing(_run: jobs.Run) -> None:
        reason = "later"
        raise jobs.Retry(reason, after=timedelta(hours=1))

    kinds = [jobs.Kind(name="test_dead", run=hopeless), jobs.Kind(name="test_failed", run=failing)]
    async with database.transaction() as db:
        for kind in kinds:
            await jobs.enqueue(db, kind.name)
    await jobs.runner(database, jobs.Registry(kinds), clock=SetClock(INSIDE_THE_ROUND)).run_due()
    async with database.transaction() as db:
        await jobs.enqueue(db, "test_due")
        await jobs.enqueue(db, "test_tomorrow", run_at=INSIDE_THE_ROUND + timedelta(days=1))
    async with database.snapshot() as db:
        return {job.kind: job.id for job in await jobs.listed(db) if "test_" in job.kind}


async def _shown(editor: Browser, show: jobs.Show, mine: dict[str, int]) -> set[str]:
    page = await editor.client.get(f"/staff/jobs?show={show}")
    assert page.status_code == 200
    numbers = set(map(int, re.findall(r'href="/staff/jobs/(\d+)"', page.text)))
    return {kind for kind, number in mine.items() if number in numbers}


async def test_jobs_are_listed_by_what_is_to_become_of_them(
    mine: dict[str, int], editor: Browser
) -> None:
    found = {show: await _shown(editor, show, mine) for show in jobs.Show}

    assert found == {
        jobs.Show.DUE: {"test_due"},
        jobs.Show.RUNNING: set(),
        jobs.Show.WAITING: {"test_failed", "test_due", "test_tomorrow"},
        jobs.Show.FAILED: {"test_failed"},
        jobs.Show.DEAD: {"test_dead"},
        jobs.Show.EXPIRED: set(),
    }


async def test_a_job_is_tried_again_and_another_taken_away(
    application: Application, mine: dict[str, int], editor: Browser
) -> None:
    dead, due = (f"/staff/jobs/{mine[kind]}" for kind in ("test_dead", "test_due"))

    page = await editor.client.get(dead)
    again = await editor.send(dead, f"{dead}/retry")
    waits = await editor.send(due, f"{due}/retry")
    gone = await editor.send(due, f"{due}/cancel")
    # job_not_found
    missing = await editor.client.get(due)

    assert "微信系统繁忙" in page.text
    assert again.headers["location"].startswith("/staff/jobs?done=retried")
    assert (waits.status_code, 'data-code="job_not_found"' in waits.text) == (404, True)
    assert gone.headers["location"].startswith("/staff/jobs?done=cancelled")
    assert missing.status_code == 404
    assert await _shown(editor, jobs.Show.WAITING, mine) == {
        "test_dead",
        "test_failed",
        "test_tomorrow",
    }
    async with application.parts.database.snapshot() as db:
        acts = [
            (entry.act, entry.details["kind"], entry.details["error"])
            for entry in await audit.entries(db, most=9)
            if entry.act.startswith("jobs.")
        ]
    assert acts == [
        ("jobs.cancelled", "test_due", ""),
        ("jobs.retried", "test_dead", "wechat_busy"),
    ]


async def test_repeated_jobs_tell_their_turns(application: Application) -> None:
    database, machine = application.parts.database, SetClock(INSIDE_THE_ROUND)

    async def nothing(_run: jobs.Run) -> None:
        """Do nothing."""

    schedule = jobs.Schedule(kind="test_turn", every=TURN)
    registry = jobs.Registry([jobs.Kind(name="test_turn", run=nothing)], [schedule])
    runner = jobs.runner(database, registry, clock=machine, machine=machine)
    told = []
    for wait in (timedelta(0), timedelta(minutes=20)):
        machine.now += wait
        async with database.snapshot() as db:
            told += await jobs.turns(db, schedules=[schedule], machine_now=machine.now)
        await runner.queue_scheduled()
    async with database.snapshot() as db:
        told += await jobs.turns(db, schedules=[schedule], machine_now=machine.now)

    begun = INSIDE_THE_ROUND
    assert [(one.last_at, one.next_at) for one in told] == [
        (None, begun),
        (begun, begun + TURN),
        (begun + TURN, begun + 2 * TURN),
    ]


async def test_every_kind_of_job_has_a_name_for_people(application: Application) -> None:
    parts = application.parts

    runner = background.runner(parts.settings, parts.database, doors=Doors(), clock=parts.clock)

    unnamed = {
        name
        for name in runner.kinds
        for language in Language
        if f"pages.desk.jobs.kinds.{name}" not in texts.table(language)
    }
    assert unnamed == set()
