"""A visitor's list, questions beside comments, and the ways that are always shown."""

import pytest
from sqlalchemy import select

from models import FeedbackItem
from services.feedback import chain
from services.runtime.database import Database
from tests.integration.feedback.conftest import Crowd
from tests.integration.feedback.senders import Person, told


async def test_a_list_is_given_in_parts(crowd: Crowd) -> None:
    one, other = await crowd(2)
    sent = [(await one.send()).json()["receipt"] for _ in range(3)]
    await other.send()
    first = (await one.get("/v1/me/feedback?limit=2")).json()
    sent.append((await one.send()).json()["receipt"])
    second = (await one.get(f"/v1/me/feedback?limit=2&after={first['next']}")).json()

    assert [item["receipt"] for item in first["items"]] == [sent[2], sent[1]]
    assert ([item["receipt"] for item in second["items"]], second["next"]) == ([sent[0]], None)
    foreign = await other.get(f"/v1/me/feedback?after={first['next']}")
    assert told(foreign) == (404, "feedback_not_found")
    assert told(await one.get("/v1/me/feedback?limit=0")) == (422, "malformed")


async def test_a_question_leaves_no_gap_in_the_log(person: Person, database: Database) -> None:
    receipts = [
        (await person.send(kind=kind)).json()["receipt"]
        for kind in ("comment", "question", "comment")
    ]
    shown = (await person.show(receipts[1])).json()

    assert receipts == ["ASI-CN-2026-00001", "ASI-CN-Q2026-00001", "ASI-CN-2026-00002"]
    assert (shown["kind"], shown["source"]) == ("question", "mini_program")
    assert told(await person.send(kind="order")) == (422, "malformed")
    assert told(await person.send(source="on_behalf")) == (422, "malformed")
    assert (await person.change(receipts[1], comment="换个问法")).json()["kind"] == "question"
    assert (await person.withdraw(receipts[1])).json()["state"] == "withdrawn"
    async with database.snapshot() as db:
        assert [await chain.first_fault(db, of=name) for name in ("2026", "Q2026")] == [None, None]
        log = select(FeedbackItem.receipt).where(FeedbackItem.kind == "comment")
        assert set(await db.scalars(log)) == {receipts[0], receipts[2]}


@pytest.mark.any_database
async def test_the_other_ways_are_always_shown(person: Person) -> None:
    sent = (await person.send()).json()
    english = (await person.get(f"/v1/me/feedback/{sent['receipt']}?lang=en")).json()

    ways = {way["route"]: way for way in sent["other_ways"]}
    assert ways["survey"]["url"].startswith("https://www.surveymonkey.com/")
    assert ways["excel_by_email"]["email"] == "consultation@aluminium-stewardship.org"
    assert "问卷" in ways["survey"]["title"]
    assert english["other_ways"][0]["title"] == "SurveyMonkey survey"
    assert (await person.withdraw(sent["receipt"])).json()["other_ways"] == sent["other_ways"]
