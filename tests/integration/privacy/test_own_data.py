"""One's own data: what is kept is given to whoever it is about, with what they agreed to."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select

from api.app import Application
from models import (
    Base,
    LoginSession,
    Registration,
    Visitor,
)
from services import privacy, registrations
from services.registrations import ContactSafe
from services.runtime.database import Database
from tests.integration.privacy.chats import said
from tests.integration.privacy.conftest import Crowd
from tests.integration.privacy.people import FORM, Person
from tests.support.clocks import SetClock


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """The same on either database: one is enough."""
    return sqlite_url


def test_every_table_about_visitors_is_known_to_erasing() -> None:
    named = {
        table.name
        for table in Base.metadata.sorted_tables
        if any(key.column is Visitor.__table__.c.id for key in table.foreign_keys)
    }

    assert named == {
        "contact_recoveries",  # goes with the visitor by itself
        "feedback_drafts",
        "feedback_items",
        "idempotent_answers",
        "login_sessions",
        "notices",
        "registrations",
        "subscription_permits",
    }, "Take it away in services/privacy/erasing.py, give it in exporting.py, then name it here."


async def test_what_is_kept_is_given_in_full(
    person: Person, database: Database, clock: SetClock
) -> None:
    await person.register(may_transfer_abroad=True)
    await person.comment(comment="第一条", organisation="某某铝业")
    await person.comment(comment="匿名的", anonymous=True)
    await said(database, "你好", openid=person.openid, now=clock.now)

    found = await person.export()

    assert found["registrations"][0]["phone"] == "+8613800138000"
    assert found["registrations"][0]["name"] == FORM["name"]
    assert [item["versions"][0]["comment"] for item in found["feedback"]] == ["第一条"]
    assert [message["text"] for message in found["messages"]] == ["你好"]
    assert found["visitor"][0]["mini_program_openid"] == person.openid
    assert "匿名的" not in str(found)
    assert person.token not in str(found)


async def test_the_api_leaves_nothing_out_of_it(
    person: Person, database: Database, application: Application
) -> None:
    parts = application.parts
    safe = ContactSafe(parts.sealer, parts.blind_index)
    async with database.snapshot() as db:
        kept = await privacy.export(db, visitor_id=person.visitor_id, safe=safe)

    assert set(await person.export()) == {*kept, "exported_at"}


async def test_nobody_is_given_what_is_not_theirs(crowd: Crowd) -> None:
    one, other = await crowd(2)
    await one.register()

    found = await other.export()

    assert found["registrations"] == []
    assert FORM["name"] not in str(found)


async def test_nothing_is_agreed_to_that_was_not_ticked(person: Person) -> None:
    await person.register()
    await person.comment()

    found = await person.export()

    assert _kinds(found["registrations"][0]) == ["notice"]
    assert _kinds(found["feedback"][0]) == ["notice"]


async def test_a_consent_is_withdrawn_as_it_was_given(person: Person) -> None:
    made = await person.register(may_transfer_abroad=True)
    path = f"/me/registrations/{made['id']}"
    for choice in (False, False, True):
        await person.ask("PATCH", path, {"may_transfer_abroad": choice})
    changed = (await person.ask("PATCH", path, {"may_transfer_abroad": True})).json()

    transfers = [
        consent
        for consent in (await person.export())["registrations"][0]["consents"]
        if consent["kind"] == "transfer_abroad"
    ]
    assert (made["may_transfer_abroad"], changed["may_transfer_abroad"]) == (True, True)
    assert sorted(consent["withdrawn_at"] is None for consent in transfers) == [False, True]


async def test_withdrawing_a_comment_withdraws_what_was_agreed_to(person: Person) -> None:
    made = await person.comment(may_publish_text=True)

    await person.ask("DELETE", f"/me/feedback/{made['receipt']}")

    [item] = (await person.export())["feedback"]
    assert all(consent["withdrawn_at"] for consent in item["consents"])


async def test_after_the_beginning_nobody_moves_up(
    crowd: Crowd, database: Database, clock: SetClock
) -> None:
    async with database.transaction() as db:
        await registrations.set_seats(db, slug="china", seats=1, now=clock.now)
    first, second = await crowd(2)
    await first.register(phone="13800138001")
    await second.register(phone="13800138002")
    clock.now += timedelta(days=30)

    await first.leave()

    async with database.snapshot() as db:
        assert list(await db.scalars(select(Registration.state))) == ["waiting"]


async def test_whoever_comes_back_is_somebody_new(crowd: Crowd) -> None:
    person = (await crowd(1))[0]
    await person.register()
    await person.leave()

    [back] = await crowd(1)

    assert (await back.export())["registrations"] == []
    assert (await back.register())["state"] == "confirmed"


async def test_whoever_is_gone_cannot_be_erased_again(
    person: Person, database: Database, clock: SetClock
) -> None:
    async with database.transaction() as db:
        await db.execute(delete(LoginSession))
        await db.execute(delete(Visitor))
        with pytest.raises(privacy.VisitorNotFound) as refused:
            await privacy.erase(db, visitor_id=person.visitor_id, now=clock.now)
    assert refused.value.code == "visitor_not_found"


def _kinds(part: dict[str, Any]) -> list[str]:
    return [consent["kind"] for consent in part["consents"]]
