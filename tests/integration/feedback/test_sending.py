"""Sending feedback: two fields are enough, once is once, the numbers have no gaps."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from models import Consultation, FeedbackItem, FeedbackVersion
from services import consultations
from services.runtime.database import Database
from tests.integration.feedback.conftest import Crowd
from tests.integration.feedback.senders import NEEDED, Person, told
from tests.support.clocks import SetClock

EVERYTHING: dict[str, Any] = {
    "standard": "PS",
    "version": "V4",
    "section": "9",
    "comment": "第一行\n第二行",
    "comment_type": "question",
    "stance": "support_with_changes",
    "proposed_text": "改为：……",
    "rationale": "理由",
    "stakeholder": "production_transformation",
    "organisation": "某某铝业有限公司",
    "may_contact": True,
    "may_publish_text": True,
    "may_publish_name": True,
    "language": "en",
}


async def _round(database: Database, clock: SetClock) -> Consultation:
    async with database.snapshot() as db:
        return await consultations.current(db, now=clock.now)


async def test_two_fields_are_enough(person: Person) -> None:
    answer = await person.send()

    body = answer.json()
    assert answer.status_code == 201
    assert body["receipt"] == "ASI-CN-2026-00001"
    assert body["submitted_at"] == "2026-03-02T01:00:00Z"
    assert (body["state"], body["versions"], body["changeable"]) == ("submitted", 1, True)
    assert (body["secret_code"], len(body["receipt_sha256"])) == (None, 64)
    assert not any(body[name] for name in ("may_contact", "may_publish_text", "may_publish_name"))
    assert {name: body[name] for name in NEEDED} == NEEDED
    assert [item["receipt"] for item in await person.sent()] == [body["receipt"]]


async def test_all_that_is_said_is_kept(person: Person) -> None:
    receipt = (await person.send(**EVERYTHING)).json()["receipt"]

    shown = (await person.show(receipt)).json()
    assert {name: shown[name] for name in EVERYTHING} == EVERYTHING


async def test_a_request_that_is_repeated_is_done_once(person: Person, database: Database) -> None:
    answers = await asyncio.gather(*(person.send("the-same-key") for _ in range(20)))

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert told(await person.send("the-same-key", comment="别的")) == (
        422,
        "idempotency_key_reused",
    )
    async with database.snapshot() as db:
        assert await db.scalar(select(func.count()).select_from(FeedbackItem)) == 1
        assert await db.scalar(select(func.count()).select_from(FeedbackVersion)) == 1


async def test_numbers_have_no_gaps(crowd: Crowd) -> None:
    people = await crowd(30)
    wrong = [person.send(section="77") for person in people[:10]]
    answers = await asyncio.gather(*(person.send() for person in people), *wrong)

    receipts = [answer.json()["receipt"] for answer in answers if answer.status_code == 201]
    assert sorted(receipts) == [f"ASI-CN-2026-{number:05d}" for number in range(1, 31)]


async def test_a_round_is_open_to_the_second(
    person: Person, database: Database, clock: SetClock
) -> None:
    current = await _round(database, clock)
    second = timedelta(seconds=1)
    seen = []
    for instant in (
        current.opens_at - second,
        current.opens_at,
        current.closes_at - second,
        current.closes_at,
        current.closes_at + timedelta(days=400),
    ):
        clock.now = instant
        seen.append(await person.send())

    assert [answer.status_code for answer in seen] == [409, 201, 201, 409, 409]
    assert told(seen[0]) == (409, "round_not_open")
    assert "2026-02-17 00:00" in seen[0].json()["detail"]
    assert told(seen[3]) == (409, "round_closed")
    assert current.hub_url in seen[3].json()["detail"]


async def test_nine_is_another_section_in_another_version(person: Person) -> None:
    assert (await person.send(section="9")).status_code == 201
    assert told(await person.send(version="V3", section="999")) == (422, "section_unknown")
    assert told(await person.send(standard="CoC", version="V4")) == (422, "section_unknown")


@pytest.mark.any_database
@pytest.mark.parametrize("field", ["comment_type", "stance", "stakeholder"])
async def test_a_word_that_is_not_in_the_list_is_refused_by_name(
    person: Person, field: str
) -> None:
    answer = await person.send(**{field: "no_such_word"})

    assert told(answer) == (422, "term_unknown")
    assert field in answer.json()["detail"]


@pytest.mark.any_database
@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"comment": ""}, "comment"),
        ({"comment": " \n\t\u200b\u200d\ufeff"}, "comment"),
        ({"comment": None}, "comment"),
        ({"comment": "字" * 2001}, "comment"),
        ({"comment": "字" * 10_000}, "comment"),
        ({"comment": 7}, "comment"),
        ({"section": ""}, "section"),
        ({"section": "10\x00"}, "section"),
        ({"standard": "铝"}, "standard"),
        ({"version": "V" * 21}, "version"),
        ({"stance": "Support!"}, "stance"),
        ({"may_contact": "yes"}, "may_contact"),
        ({"may_publish_text": 1}, "may_publish_text"),
        ({"language": "fr"}, "language"),
        ({"openid": "o123"}, "openid"),
        ({"visitor_id": "1"}, "visitor_id"),
        ({"unionid": "u"}, "unionid"),
        ({"nickname": "王芳"}, "nickname"),
    ],
)
async def test_what_does_not_fit_is_refused_by_field(
    person: Person, sent: dict[str, Any], field: str
) -> None:
    answer = await person.send(**sent)

    assert told(answer) == (422, "malformed")
    assert [error["field"] for error in answer.json()["errors"]] == [f"body.{field}"]
    assert await person.sent() == []


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  两边的空格 \n", "两边的空格"),
        ("一\r\n二\r三\u2028四", "一\n二\n三\n四"),
        ("👩\u200d🏭 同意 👍🏽", "👩\u200d🏭 同意 👍🏽"),
        ("\u202eشكر\u202c", "شكر"),
        ("零\u200b宽\x00\x07字", "零宽字"),
        ("字" * 2000, "字" * 2000),
        (" " * 3000 + "字", "字"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
    ],
)
async def test_text_is_kept_as_it_is_read(person: Person, typed: str, kept: str) -> None:
    answer = await person.send(comment=typed)

    assert (answer.status_code, answer.json()["comment"]) == (201, kept)


async def test_a_login_and_a_key_are_needed(person: Person) -> None:
    alone = await person.client.post(
        "/v1/feedback", json=NEEDED, headers={"Idempotency-Key": "12345678"}
    )
    keyless = await person.client.post(
        "/v1/feedback", json=NEEDED, headers={"Authorization": f"Bearer {person.token}"}
    )

    assert told(alone) == (401, "login_required")
    assert told(keyless) == (422, "malformed")
