"""Approval: a registration waits for our decision, and what comes of it, as its visitor sees it."""

import re
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import httpx2
import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from models import Webinar
from models.vocabulary import DeclineReason
from services import webinars
from services.registrations import (
    ContactSafe,
    DeclineWordsMissing,
    RegistrationCancelled,
    RegistrationClosed,
    RegistrationDecided,
    approval,
    on_behalf,
)
from services.registrations.approval import No
from services.runtime.blind_index import BlindIndex
from services.runtime.database import Database
from tests.conftest import SECRET_KEY
from tests.integration.registrations.people import Person, body
from tests.support.clocks import SetClock
from tests.support.wechat_accounts import SEALER

Crowd = Callable[[int], Awaitable[list[Person]]]
FIELD = re.compile(r'name="(form_token|form_key)" value="([^"]+)"')
SAFE = ContactSafe(SEALER, BlindIndex(SECRET_KEY))
FULL = No(DeclineReason.FULL)


@pytest.fixture(autouse=True)
async def _decided_upon(database: Database) -> None:
    async with database.transaction() as db:
        await db.execute(update(Webinar).filter_by(slug="china").values(needs_approval=True))


async def test_seats_go_to_those_approved_and_the_line_is_by_arrival(
    crowd: Crowd, set_seats: Callable[[int], Awaitable[None]], database: Database, clock: SetClock
) -> None:
    await set_seats(1)
    early, late, third = people = await crowd(3)
    made = [(await person.register()).json() for person in people]

    assert [(one["state"], one["position"], one["code"]) for one in made] == [
        ("pending", None, None)
    ] * 3
    for person, one in ((third, made[2]), (late, made[1]), (early, made[0])):
        await _approve(database, one["id"], clock)
        del person
    states = [await _standing(person) for person in people]
    assert states == [("waiting", 1), ("waiting", 2), ("confirmed", None)]
    await third.cancel(made[2]["id"])
    assert [await _standing(person) for person in people] == [
        ("confirmed", None),
        ("waiting", 1),
        ("cancelled", None),
    ]


async def test_a_no_is_told_with_its_reason_and_cannot_be_asked_around(
    person: Person, database: Database, clock: SetClock
) -> None:
    made = (await person.register(body(email="fang@example.cn"))).json()
    await _decline(database, made["id"], No(DeclineReason.AUDIENCE, "请参加英文专场。"), clock)

    shown = (await person.show(made["id"])).json()
    again = await person.register()
    refused = [await person.change(made["id"], name="王"), await person.cancel(made["id"])]

    assert (shown["state"], shown["changeable"]) == ("declined", False)
    assert shown["declined"] == {
        "reason": "audience",
        "text": "这场研讨会面向其他对象。\n请参加英文专场。",
    }
    assert (again.json()["id"], again.json()["state"]) == (made["id"], "declined")
    assert [(one.status_code, one.json()["code"]) for one in refused] == [
        (409, "registration_declined")
    ] * 2
    calendar = await person.ask(f"registrations/{made['id']}/calendar.ics")
    assert "METHOD:CANCEL" in calendar.text
    await _approve(database, made["id"], clock)
    assert (await person.show(made["id"])).json() | {"declined": None} == (
        await person.show(made["id"])
    ).json()
    assert await _standing(person) == ("confirmed", None)


async def test_what_cannot_be_decided(crowd: Crowd, database: Database, clock: SetClock) -> None:
    seated, gone, pending = people = await crowd(3)
    ids = [(await person.register()).json()["id"] for person in people]
    await _approve(database, ids[0], clock)
    await gone.cancel(ids[1])
    await _approve(database, ids[0], clock)
    cases: list[tuple[type[Exception], str, str, No]] = [
        (RegistrationDecided, "registration_decided", ids[0], FULL),
        (RegistrationCancelled, "registration_cancelled", ids[1], FULL),
        (DeclineWordsMissing, "decline_words_missing", ids[2], No(DeclineReason.OTHER)),
    ]

    for refusal, code, registration_id, no in cases:
        with pytest.raises(refusal) as refused:
            await _decline(database, registration_id, no, clock)
        assert refused.value.code == code  # type: ignore[attr-defined]  # of each Refusal
    with pytest.raises(RegistrationCancelled):
        await _approve(database, ids[1], clock)
    clock.set("2026-03-09T16:00:00+08:00")
    with pytest.raises(RegistrationClosed):
        await _approve(database, ids[2], clock)
    assert [await _standing(person) for person in (seated, gone, pending)] == [
        ("confirmed", None),
        ("cancelled", None),
        ("pending", None),
    ]


async def test_whoever_waits_for_a_decision_is_moved_as_they_are(
    person: Person, database: Database, clock: SetClock
) -> None:
    made = (await person.register()).json()
    async with database.transaction() as db:
        await db.execute(update(Webinar).values(registered_here=True))
        await db.execute(update(Webinar).filter_by(slug="europe-asia").values(needs_approval=True))
        await _move(db, made["id"], "china", "europe-asia", clock)
    undecided = await _active(person)
    async with database.transaction() as db:
        await _move(db, undecided["id"], "europe-asia", "americas-europe", clock)

    assert undecided["state"] == "pending"
    assert (await _active(person))["state"] == "confirmed"


@pytest.mark.any_database
async def test_pages_say_that_it_waits_and_what_came_of_it(
    client: httpx2.AsyncClient, database: Database, clock: SetClock
) -> None:
    webinar = (await client.get("/v1/webinars/china")).json()
    form = await client.get("/webinars/china/register")
    values = {"name": "王芳", "organisation": "某某", "contact": "fang@example.cn"}
    hidden = dict(FIELD.findall(form.text))

    sent = await client.post("/webinars/china/register", data={**hidden, **values})
    page = sent.headers["location"]
    pending = (await client.get(page)).text
    registration_id = page.rpartition("/")[2]
    await _decline(database, registration_id, No(DeclineReason.OTHER, "<b>名单已定</b>"), clock)
    declined = (await client.get(page)).text

    assert webinar["needs_approval"] is True
    assert "报名需要审核" in (await client.get("/webinars/china")).text
    assert "审核通过才算报名成功" in form.text
    assert "报名待审核" in pending
    assert "check-in.png" not in pending
    assert ("&lt;b&gt;名单已定" in declined, f"{page}/cancel" in declined) == (True, False)


async def _active(person: Person) -> dict[str, Any]:
    (found,) = [one for one in await person.registrations() if one["state"] != "cancelled"]
    return found


async def _standing(person: Person) -> tuple[str, int | None]:
    (found,) = await person.registrations()
    return found["state"], found["position"]


async def _approve(database: Database, registration_id: str, clock: SetClock) -> None:
    async with database.transaction() as db:
        webinar = await webinars.by_slug(db, slug="china")
        await approval.approve(
            db, webinar=webinar, registration_id=UUID(registration_id), now=clock.now
        )


async def _decline(database: Database, registration_id: str, no: No, clock: SetClock) -> None:
    async with database.transaction() as db:
        webinar = await webinars.by_slug(db, slug="china")
        await approval.decline(
            db, webinar=webinar, registration_id=UUID(registration_id), no=no, now=clock.now
        )


async def _move(
    db: AsyncSession, registration_id: str, slug: str, to: str, clock: SetClock
) -> None:
    await on_behalf.move(
        db,
        webinar=await webinars.by_slug(db, slug=slug),
        registration_id=UUID(registration_id),
        to=to,
        safe=SAFE,
        now=clock.now,
    )
