"""Changing and withdrawing: until the close, by the sender alone, with every version kept."""

import asyncio

import pytest
from sqlalchemy import delete, select, update

from models import FeedbackVersion
from services import consultations
from services.feedback import chain
from services.runtime.database import Database
from tests.integration.feedback.conftest import Crowd
from tests.integration.feedback.senders import Person, told
from tests.support.clocks import SetClock


async def _versions(database: Database) -> list[FeedbackVersion]:
    async with database.snapshot() as db:
        found = await db.scalars(select(FeedbackVersion).order_by(FeedbackVersion.position))
        return list(found)


async def _fault(database: Database) -> int | None:
    async with database.snapshot() as db:
        return await chain.first_fault(db, of="2026")


async def test_each_change_is_another_version(person: Person, database: Database) -> None:
    sent = (await person.send(organisation="甲", stance="oppose")).json()
    changed = await person.change(
        sent["receipt"], comment="第二版", organisation="", may_contact=True
    )
    again = await person.change(sent["receipt"], comment="第二版")

    body = changed.json()
    assert (body["comment"], body["organisation"], body["stance"]) == ("第二版", None, "oppose")
    assert (body["versions"], body["may_contact"]) == (2, True)
    assert body["receipt_sha256"] != sent["receipt_sha256"]
    assert again.json() == body
    assert [version.comment for version in await _versions(database)] == [
        sent["comment"],
        "第二版",
    ]
    assert await _fault(database) is None


async def test_changes_at_the_same_time_are_all_kept(person: Person, database: Database) -> None:
    receipt = (await person.send()).json()["receipt"]
    answers = await asyncio.gather(
        *(person.change(receipt, comment=f"第 {number} 版") for number in range(8)),
        *(person.send() for _ in range(8)),
    )

    assert {answer.status_code for answer in answers} == {200, 201}
    assert (await person.show(receipt)).json()["versions"] == 9
    assert await _fault(database) is None


async def test_what_is_withdrawn_leaves_its_number_and_no_text(
    person: Person, database: Database
) -> None:
    receipt = (await person.send(rationale="机密", organisation="甲", may_contact=True)).json()[
        "receipt"
    ]
    await person.change(receipt, comment="第二版")
    answers = [await person.withdraw(receipt) for _ in range(2)]

    body = answers[0].json()
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[1].json() == body
    assert (body["state"], body["comment"], body["changeable"]) == ("withdrawn", None, False)
    assert (body["organisation"], body["may_contact"], body["section"]) == (None, False, "10")
    assert [item["state"] for item in await person.sent()] == ["withdrawn"]
    for version in await _versions(database):
        assert (version.comment, version.rationale, version.salt) == (None, None, None)
    assert await _fault(database) is None
    assert told(await person.change(receipt, comment="再来")) == (409, "feedback_withdrawn")
    assert (await person.send()).json()["receipt"] == "ASI-CN-2026-00002"


async def test_nothing_changes_after_the_close(
    person: Person, database: Database, clock: SetClock
) -> None:
    receipt = (await person.send()).json()["receipt"]
    async with database.snapshot() as db:
        clock.now = (await consultations.current(db, now=clock.now)).closes_at

    assert told(await person.change(receipt, comment="太晚")) == (409, "round_closed")
    assert told(await person.withdraw(receipt)) == (409, "round_closed")
    assert (await person.show(receipt)).json()["changeable"] is False


async def test_somebody_elses_feedback_is_not_there(crowd: Crowd) -> None:
    one, other = await crowd(2)
    receipt = (await one.send()).json()["receipt"]

    for answer in (
        await other.show(receipt),
        await other.change(receipt, comment="别人的"),
        await other.withdraw(receipt),
        await one.show("ASI-CN-2026-99999"),
        await one.show("nonsense"),
    ):
        assert told(answer) == (404, "feedback_not_found")
    assert await other.sent() == []


@pytest.mark.any_database
@pytest.mark.parametrize(
    "sent", [{"comment": ""}, {"anonymous": True}, {"openid": "o1"}, {"receipt": "x"}]
)
async def test_what_cannot_be_changed_is_refused(person: Person, sent: dict[str, object]) -> None:
    receipt = (await person.send()).json()["receipt"]

    assert told(await person.change(receipt, **sent)) == (422, "malformed")


async def test_a_change_keeps_to_the_rounds_words(person: Person) -> None:
    receipt = (await person.send()).json()["receipt"]

    assert told(await person.change(receipt, section="77")) == (422, "section_unknown")
    assert told(await person.change(receipt, stance="maybe")) == (422, "term_unknown")
    assert (await person.change(receipt, section="11")).json()["section"] == "11"


@pytest.mark.parametrize(
    ("column", "value"),
    [("comment", "换掉"), ("may_publish_text", True), ("content_sha256", "0" * 64), ("salt", None)],
)
async def test_a_row_that_was_changed_is_found(
    person: Person, database: Database, column: str, value: object
) -> None:
    for _ in range(3):
        await person.send()
    assert await _fault(database) is None

    async with database.transaction() as db:
        await db.execute(
            update(FeedbackVersion).where(FeedbackVersion.position == 2).values({column: value})
        )

    assert await _fault(database) == 2


@pytest.mark.parametrize("position", [1, 2, 3])
async def test_a_row_that_is_gone_is_found(
    person: Person, database: Database, position: int
) -> None:
    for _ in range(3):
        await person.send()

    async with database.transaction() as db:
        await db.execute(delete(FeedbackVersion).where(FeedbackVersion.position == position))

    assert await _fault(database) == position
