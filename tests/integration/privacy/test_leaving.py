"""Leaving: what is kept about somebody is given to them, and goes when they ask."""

import asyncio

from sqlalchemy import select

from models import (
    Conversation,
    Erasure,
    FeedbackVersion,
    IdempotentAnswer,
    LoginSession,
    Message,
    Push,
    Registration,
    Visitor,
)
from models.vocabulary import ErasureReason
from services import jobs, registrations
from services.feedback import chain
from services.privacy import work
from services.runtime.database import Database, sqlite_file
from tests.integration.privacy.chats import said
from tests.integration.privacy.conftest import Crowd
from tests.integration.privacy.people import FORM, Person
from tests.support.clocks import SetClock


async def test_somebody_who_leaves_is_gone(
    person: Person, database: Database, clock: SetClock
) -> None:
    await person.register()
    receipt = (await person.comment(organisation="某某铝业", may_contact=True))["receipt"]
    conversation_id = await said(database, "你好", openid=person.openid, now=clock.now)

    left = [await person.leave(), await person.leave()]

    assert left == [204, 401]
    async with database.snapshot() as db:
        for table in (Registration, Visitor, LoginSession, IdempotentAnswer):
            assert list(await db.scalars(select(table))) == [], table
        conversation = await db.get_one(Conversation, conversation_id)
        erasure = (await db.scalars(select(Erasure))).one()
        assert list(await db.scalars(select(Message.text))) == [None]
        assert list(await db.scalars(select(Push.openid))) == [None]
    assert (conversation.openid, conversation.following) == (None, True)
    assert (erasure.reason, erasure.done_at) == (ErasureReason.REQUESTED, clock.now)
    answer = await person.client.get(f"/v1/feedback/{receipt}", headers={"X-Receipt-Code": "X"})
    assert answer.status_code == 404


async def test_a_comment_stays_without_its_sender(person: Person, database: Database) -> None:
    made = await person.comment(organisation="某某铝业", may_contact=True, may_publish_text=True)
    await person.ask("PATCH", f"/me/feedback/{made['receipt']}", {"comment": "改过的"})
    gone = await person.comment(comment="撤回的")
    await person.ask("DELETE", f"/me/feedback/{gone['receipt']}")

    await person.leave()

    async with database.snapshot() as db:
        versions = list(await db.scalars(select(FeedbackVersion).order_by("position")))
        assert await chain.first_fault(db, of="2026") is None
    assert [version.comment for version in versions] == [None, None, None, None, "改过的"]
    assert {version.organisation for version in versions} == {None}
    assert (versions[-1].may_contact, versions[-1].may_publish_text) == (False, True)


async def test_a_seat_that_is_left_goes_to_the_next_in_line(
    crowd: Crowd, database: Database, clock: SetClock
) -> None:
    async with database.transaction() as db:
        await registrations.set_seats(db, slug="china", seats=1, now=clock.now)
    first, second = await crowd(2)
    await first.register(phone="13800138001")
    waiting = await second.register(phone="13800138002")

    await first.leave()

    shown = (await second.ask("GET", f"/me/registrations/{waiting['id']}")).json()
    assert (waiting["state"], shown["state"]) == ("waiting", "confirmed")


async def test_leaving_twice_at_once_happens_once(person: Person) -> None:
    await person.register()

    told = await asyncio.gather(*(person.leave() for _ in range(4)))

    assert told.count(204) == 1
    assert set(told) <= {204, 401, 404}


async def test_registering_and_leaving_at_once_end_well(crowd: Crowd, database: Database) -> None:
    people = await crowd(6)

    async def register(person: Person) -> int:
        sent = FORM | {"phone": f"1380013800{people.index(person)}"}
        return (await person.ask("POST", "/webinars/china/registrations", sent)).status_code

    told = await asyncio.gather(
        *(deed(person) for person in people for deed in (register, Person.leave))
    )

    assert set(told) <= {201, 204, 401}
    async with database.snapshot() as db:
        assert list(await db.scalars(select(Registration))) == []


async def test_the_log_of_the_database_is_emptied(
    person: Person, database: Database, clock: SetClock
) -> None:
    await person.register()
    await person.leave()
    runner = jobs.runner(database, jobs.Registry(work.kinds(), ()), clock=clock)

    await runner.run_due()

    file = sqlite_file(database.url)
    if file is not None:
        assert FORM["name"].encode() not in file.with_name(f"{file.name}-wal").read_bytes()
        assert FORM["name"].encode() not in file.read_bytes()
