"""Rotation: while keys are changed the service goes on, and so does a rotation that was cut off."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from api import cli
from models import Registration
from services.privacy import keys
from services.privacy.keys import Outcome
from services.registrations import ContactSafe
from services.runtime.database import Database
from tests.conftest import SECRET_KEY
from tests.integration.privacy.conftest import Crowd
from tests.integration.privacy.people import FORM, Person
from tests.integration.privacy.turning import NEW, held, service
from tests.support.clocks import SetClock


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """The same on either database: one is enough."""
    return sqlite_url


def test_every_sealed_column_is_a_place() -> None:
    named = {place.name for place in keys.places()}

    assert {
        "access_tokens.sealed",
        "idempotent_answers.sealed_body",
        "registrations.sealed_contact",
        "visitors.sealed_session_key",
        "webinars.sealed_join_url",
    } <= named


async def test_before_the_rotation_a_contact_is_still_taken_once(
    crowd: Crowd, database: Database, clock: SetClock, tmp_path: Path
) -> None:
    one, other = await crowd(2)
    path, key = "/webinars/china/registrations", "one-key-of-mine"
    first = await one.ask("POST", path, FORM, key=key)

    async with service(database, clock, tmp_path, old=SECRET_KEY) as client:
        one, other = (replace(who, client=client) for who in (one, other))
        again = await one.ask("POST", path, FORM, key=key)
        taken = await other.ask("POST", path, FORM)
        free = await other.ask("POST", path, FORM | {"phone": "13800138001"})
        sent = {"phone": FORM["phone"]}
        moved = await other.ask("PATCH", f"/me/registrations/{free.json()['id']}", sent)

    assert again.content == first.content
    assert (taken.status_code, taken.json()["code"]) == (409, "contact_taken")
    assert (free.status_code, moved.status_code) == (201, 409)


async def test_a_rotation_goes_on_where_it_was_cut_off(
    crowd: Crowd, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "BATCH", 2)
    for number, person in enumerate(await crowd(5)):
        await person.register(phone=f"1380013800{number}")
    both = held(NEW, old=[SECRET_KEY])
    async with database.transaction() as db:
        kept = (await db.scalars(select(Registration).limit(1))).one()
        safe = ContactSafe(both.sealer, both.index)
        safe.write(kept, safe.read(kept))

    outcome = (await keys.rotate(database, keys=both))["registrations.sealed_contact"]

    assert outcome == Outcome(current=1, renewed=4)


async def test_without_the_old_key_nothing_is_lost(person: Person, database: Database) -> None:
    await person.register()

    blind = (await keys.rotate(database, keys=held(NEW)))["registrations.sealed_contact"]
    seeing = await keys.rotate(database, keys=held(SECRET_KEY))

    assert blind == Outcome(unreadable=1)
    assert seeing["registrations.sealed_contact"] == Outcome(current=1)


def test_the_command_tells_what_became_of_each_place(
    database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ASI_DATABASE_URL", database_url)
    monkeypatch.setenv("ASI_SECRET_KEY", NEW)
    monkeypatch.setenv("ASI_SECRET_KEY_OLD", SECRET_KEY)

    cli.commands()(["privacy", "keys", "rotate", "--json"], standalone_mode=False)

    told = json.loads(capsys.readouterr().out)
    nothing = {"current": 0, "renewed": 0, "unreadable": 0, "clashing": 0}
    assert told["registrations.sealed_contact"] == nothing
