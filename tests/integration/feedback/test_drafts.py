"""Drafts: nothing typed is lost, no phone overwrites another, and what was sent does not return."""

import asyncio
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from models import FeedbackDraft
from services import consultations, jobs, upkeep
from services.content import loading, reading
from services.feedback import drafts
from services.runtime.database import Database
from tests.conftest import SECOND_PACK
from tests.integration.feedback.conftest import Crowd
from tests.integration.feedback.senders import NEEDED, Person, told
from tests.support.clocks import SetClock


def _id() -> str:
    return str(uuid4())


@pytest.mark.any_database
async def test_what_was_typed_is_there_on_another_phone(person: Person) -> None:
    draft = _id()
    first = await person.save(draft, 0, section="10", comment="建议")
    second = await person.save(draft, 1, section="10", comment="字" * 5000, may_contact=True)

    assert (first.status_code, first.json()["revision"]) == (200, 1)
    [found] = await person.drafts()
    assert found == second.json()
    assert (found["id"], found["revision"]) == (draft, 2)
    content = found["content"]
    assert (content["comment"], content["may_contact"]) == ("字" * 5000, True)
    assert (content["standard"], content["stance"]) == (None, None)


@pytest.mark.any_database
async def test_saving_again_after_a_lost_answer_changes_nothing(person: Person) -> None:
    draft = _id()
    answers = [await person.save(draft, 0, comment="一样") for _ in range(2)]

    assert [answer.json()["revision"] for answer in answers] == [1, 1]
    assert answers[0].json() == answers[1].json()


async def test_of_two_phones_the_one_that_knows_the_newest_wins(person: Person) -> None:
    draft = _id()
    await person.save(draft, 0, comment="起点")
    answers = await asyncio.gather(*(person.save(draft, 1, comment=f"{n}") for n in range(6)))

    won = [answer for answer in answers if answer.status_code == 200]
    lost = [answer for answer in answers if answer.status_code != 200]
    assert len(won) == 1
    assert {told(answer) for answer in lost} == {(409, "draft_changed")}
    assert "重新读取" in lost[0].json()["detail"]
    [kept] = await person.drafts()
    assert kept == won[0].json()
    assert (await person.save(draft, kept["revision"], comment="接着写")).status_code == 200


async def test_a_draft_goes_with_the_feedback_it_became(person: Person) -> None:
    draft, other = _id(), _id()
    for name in (draft, other):
        await person.save(name, 0, **NEEDED)
    refused = await person.send(draft=draft, section="77")
    before = await person.drafts()
    sent = await person.send(draft=draft)

    assert (refused.status_code, len(before), sent.status_code) == (422, 2, 201)
    assert [found["id"] for found in await person.drafts()] == [other]
    # An autosave that comes late must not bring it back.
    assert told(await person.save(draft, 1, comment="迟到")) == (404, "draft_not_found")


@pytest.mark.any_database
async def test_anonymous_feedback_leaves_no_draft(person: Person, database: Database) -> None:
    draft = _id()
    await person.save(draft, 0, comment="我写的")
    assert told(await person.save(draft, 1, anonymous=True)) == (422, "malformed")

    assert (await person.send(draft=draft, anonymous=True)).status_code == 201
    assert await _count(database) == 0


@pytest.mark.any_database
async def test_a_draft_is_its_writers_alone(crowd: Crowd) -> None:
    one, other = await crowd(2)
    draft = _id()
    await one.save(draft, 0, comment="我的")

    assert await other.drafts() == []
    assert (await other.save(draft, 0, comment="别人的")).status_code == 200
    gone = await other.client.delete(
        f"/v1/me/feedback-drafts/{draft}", headers={"Authorization": f"Bearer {other.token}"}
    )
    assert gone.status_code == 204
    assert [found["content"]["comment"] for found in await one.drafts()] == ["我的"]


@pytest.mark.any_database
async def test_there_is_an_end_to_drafts(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafts, "MOST", 2)
    for _ in range(2):
        assert (await person.save(_id(), 0)).status_code == 200

    assert told(await person.save(_id(), 0)) == (409, "too_many_drafts")
    assert told(await person.save(_id(), 0, comment="字" * 10_001)) == (422, "malformed")


async def test_drafts_are_forgotten_with_their_round(
    person: Person, database: Database, clock: SetClock
) -> None:
    await person.save(_id(), 0, comment="没写完")
    async with database.snapshot() as db:
        closes_at = (await consultations.current(db, now=clock.now)).closes_at
    kept = []
    for instant in (closes_at - timedelta(seconds=1), closes_at):
        clock.now = instant
        await _tidy(database, clock)
        kept.append(await _count(database))

    assert kept == [1, 0]
    assert told(await person.save(_id(), 0)) == (409, "round_closed")


async def test_a_draft_that_is_carried_on_belongs_to_the_round_it_is_for_now(
    person: Person, database: Database, clock: SetClock
) -> None:
    draft = _id()
    await person.save(draft, 0, comment="没写完")
    async with database.transaction() as db:
        first = await consultations.current(db, now=clock.now)
        first.closes_at = datetime.fromisoformat("2027-01-25T00:00:00+08:00")
        await loading.load(db, pack=reading.read(SECOND_PACK), now=clock.now)
    clock.set("2027-01-20T09:00:00+08:00")
    saved = await person.save(draft, 1, comment="接着写")
    clock.set("2027-01-26T09:00:00+08:00")
    await _tidy(database, clock)

    assert saved.status_code == 200
    assert await _count(database) == 1


async def _tidy(database: Database, clock: SetClock) -> None:
    registry = jobs.Registry(upkeep.kinds(), upkeep.SCHEDULES)
    runner = jobs.runner(database, registry, clock=clock)
    async with database.transaction() as db:
        await jobs.enqueue(db, upkeep.TIDY)
    await runner.run_due()


async def _count(database: Database) -> int:
    async with database.snapshot() as db:
        return await db.scalar(select(func.count()).select_from(FeedbackDraft)) or 0
