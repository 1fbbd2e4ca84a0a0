"""Retention: what is past its period goes, field by field; without a period nothing does."""

from datetime import timedelta

from sqlalchemy import select

from models import (
    FeedbackItem,
    FeedbackVersion,
    LoginSession,
    Message,
    Publisher,
    Push,
    Registration,
    Visitor,
)
from services import jobs
from services.feedback import chain
from services.privacy import retention, work
from services.runtime.clock import utc_now
from services.runtime.database import Database
from tests.integration.privacy.chats import said
from tests.integration.privacy.people import Person
from tests.support.clocks import SetClock

LONG = timedelta(days=400)


async def test_each_field_goes_when_its_time_is_over(
    person: Person, database: Database, clock: SetClock
) -> None:
    await person.register()
    await person.comment(organisation="某某铝业", may_publish_text=True)
    await said(database, "你好", openid="o1", now=clock.now)
    await _decide(database, {"registration_contact": 10, "feedback_person": 10, "message_text": 10})
    clock.now += LONG
    runner = jobs.runner(database, jobs.Registry(work.kinds(), work.SCHEDULES), clock=clock)

    await runner.queue_scheduled()
    await runner.run_due()

    kept = await person.export()
    assert (kept["registrations"][0]["phone"], kept["registrations"][0]["name"]) == ("", "王芳")
    assert kept["feedback"] == []
    async with database.snapshot() as db:
        versions = list(await db.scalars(select(FeedbackVersion).order_by("position")))
        assert await chain.first_fault(db, of="2026") is None
        assert list(await db.scalars(select(Message.text))) == [None]
        assert list(await db.scalars(select(Push.body))) == [None]
    assert [version.comment for version in versions] == [None, "建议延长过渡期。"]
    assert (versions[-1].organisation, versions[-1].may_publish_text) == (None, True)
    assert (await person.ask("GET", "/me/registrations")).json()["items"][0]["contact"] == ""


async def test_whole_rows_go_as_well(person: Person, database: Database, clock: SetClock) -> None:
    await person.register()
    await person.comment()
    await _decide(
        database,
        {"registration_person": 10, "feedback_person": 10, "feedback_text": 10, "visitor": 10},
    )
    clock.now = max(clock.now, utc_now()) + LONG

    async with database.transaction() as db:
        counted = await retention.count(db, now=clock.now)
        taken = [await retention.take(db, now=clock.now) for _ in range(3)]

    assert counted == dict.fromkeys(retention.FIELDS, 0) | {
        "registration_person": 1,
        "feedback_person": 1,
        "feedback_text": 1,
    }
    assert [sum(one.values()) for one in taken] == [4, 0, 0]
    async with database.snapshot() as db:
        for table in (Registration, Visitor, LoginSession):
            assert list(await db.scalars(select(table))) == []
        assert list(await db.scalars(select(FeedbackItem.receipt))) == ["ASI-CN-2026-00001"]
        assert {one.comment for one in await db.scalars(select(FeedbackVersion))} == {None}
        assert await chain.first_fault(db, of="2026") is None


async def _decide(database: Database, days: dict[str, int]) -> None:
    async with database.transaction() as db:
        (await db.scalars(select(Publisher))).one().retention_days = days
