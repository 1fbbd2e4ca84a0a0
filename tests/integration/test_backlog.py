"""What is shown of queue, tokens and calls to whoever watches, and what the doctor says."""

from collections import namedtuple
from datetime import timedelta

import httpx2
import pytest
from sqlalchemy import update

from api.app import Application
from api.cli import doctor_machine
from models import Conversation, Job, JobSchedule
from models.vocabulary import Account, Author, JobState, Language, WindowKind
from services import jobs, typesetting
from services.backlog import Backlog
from services.conversations import quota, sending, work
from services.conversations.work import Doors
from services.runtime.database import Database
from services.runtime.settings import Settings
from services.wechat.replies import TextReply
from tests.support import turns
from tests.support.clocks import SetClock
from tests.support.simulator import OA_APPID, Simulator, in_thread
from tests.support.wechat_accounts import official

Disk = namedtuple("Disk", "free")  # noqa: PYI024 - what shutil gives, as far as it is asked


async def _queue(database: Database, clock: SetClock, openid: str) -> None:
    """Queue a message to somebody who has just written."""
    async with database.transaction() as db:
        talk = Conversation(account=Account.OFFICIAL_ACCOUNT, openid=openid)
        quota.open_window(talk, WindowKind.MESSAGE, now=clock.now)
        db.add(talk)
        await db.flush()
        reply = TextReply("您好")
        await sending.queue(db, conversation=talk, reply=reply, author=Author.STAFF, now=clock.now)


async def test_what_waits_is_shown_whoever_runs_it(database: Database, clock: SetClock) -> None:
    await _queue(database, clock, "o" + "v" * 27)
    async with database.transaction() as db:
        await jobs.enqueue(db, "note", run_at=clock.now - timedelta(minutes=10), name="late")
        await jobs.enqueue(db, "note", run_at=clock.now + timedelta(days=1), name="early")
    backlog = Backlog(database, clock=clock, appids=[OA_APPID])

    await backlog.count()

    seen = {name: read() for name, read in backlog.gauges.items()}
    assert seen.pop("asi_jobs_oldest_due_seconds") >= 600
    assert seen == {
        "asi_jobs_waiting": 3,
        "asi_jobs_due": 2,
        "asi_jobs_running": 0,
        "asi_jobs_dead": 0,
        "asi_deliveries_waiting": 1,
        "asi_notices_waiting": 0,
        "asi_wechat_token_age_seconds": 0,
        "asi_wechat_token_failures": 0,
    }


@pytest.mark.any_database
async def test_calls_are_counted_by_errcode_and_messages_by_outcome(
    database: Database, clock: SetClock
) -> None:
    with in_thread() as simulator:
        # Nobody listens to its pushes.
        simulator.account(push_attempts=1, push_spacing=0)
        users = [simulator.user().openid_oa for _ in range(4)]
        for openid in users:
            simulator.follow(openid)
            await _queue(database, clock, openid)
        async with official(simulator.url, database) as door:
            doors = Doors(official_account=door, calls=door.client.around.calls)
            _script(simulator)
            runner = jobs.runner(database, jobs.Registry(work.kinds(doors)), clock=clock)
            await runner.run_due()
            backlog = Backlog(database, clock=clock, appids=[OA_APPID])
            await backlog.count()

    assert doors.sends == {"quota_lost": 1, "failed": 1, "unknown": 1, "sent": 1}
    assert doors.calls == {"ok": 2, "45015": 1, "other": 1, "disconnected": 1}
    assert 0 < backlog.gauges["asi_wechat_token_age_seconds"]() < 600


def _script(simulator: Simulator) -> None:
    """Let three of four messages fail: no window, an unknown errcode, no answer."""
    for fault in ({"errcode": 45015}, {"errcode": 99999}, {"close": True}):
        simulator.fault(path="/cgi-bin/message/custom/send", count=1, **fault)


@pytest.mark.any_database
async def test_pushes_are_timed(application: Application, client: httpx2.AsyncClient) -> None:
    del application
    await client.post("/wechat/official-account", content=b"")

    assert "asi_push_seconds_count 1.0" in (await client.get("/metrics")).text


async def test_the_doctor_looks_at_disk_font_clock_and_queue(
    settings: Settings, database: Database, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def wrong() -> set[str]:
        found = [one async for one in doctor_machine.findings(settings, database, Language.ZH)]
        subjects = {finding.subject for finding in found}
        assert subjects >= {"disk", "fonts", "queue"}
        assert ("database clock" in subjects) == (not database.is_sqlite)
        return {finding.subject for finding in found if not finding.ok}

    await turns.queue_scheduled(settings, database)
    assert await wrong() == set()
    async with database.transaction() as db:
        await jobs.enqueue(db, "note", run_at=clock.now - timedelta(days=300), name="late")
    monkeypatch.setattr("shutil.disk_usage", lambda _folder: Disk(free=2**20))
    monkeypatch.setattr(typesetting, "FONT_PACKAGE", "no_such_font")
    typesetting.fonts.cache_clear()

    assert await wrong() == {"disk", "fonts", "queue"}


async def test_the_doctor_tells_that_no_worker_runs(settings: Settings, database: Database) -> None:
    async def wrong() -> list[str]:
        found = [one async for one in doctor_machine.findings(settings, database, Language.EN)]
        return [finding.detail for finding in found if not finding.ok]

    never = await wrong()
    await turns.queue_scheduled(settings, database)
    queued = await wrong()
    async with database.transaction() as db:
        await db.execute(update(JobSchedule).values(turn=JobSchedule.turn - 1000))
    long_ago = await wrong()

    assert queued == []
    if database.is_sqlite:  # The service runs the jobs itself.
        assert never == long_ago == []
    else:
        assert never == long_ago
        assert "Start asi worker" in never[0]


@pytest.mark.any_database
async def test_the_doctor_tells_of_jobs_that_were_given_up(
    settings: Settings, database: Database
) -> None:
    if not database.is_sqlite:
        pytest.skip("the rows of the other database are Procrastinate's")
    async with database.transaction() as db:
        await jobs.enqueue(db, "note", name="dead")
        await db.execute(update(Job).values(state=JobState.DEAD))

    found = [one async for one in doctor_machine.findings(settings, database, Language.EN)]

    [wrong] = [one for one in found if not one.ok]
    assert (wrong.subject, wrong.detail[:34]) == ("queue", "jobs that were given up: 1. asi jo")
