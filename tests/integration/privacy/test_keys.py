"""Keys: after a rotation nothing needs the old one, and a contact is still taken once."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from models import AccessToken, Registration
from models.vocabulary import TokenKind
from services.privacy import keys
from services.privacy.keys import Outcome
from services.registrations import ContactSafe
from services.runtime.database import Database
from services.runtime.sealing import Sealer
from tests.conftest import SECRET_KEY
from tests.integration.privacy.conftest import Crowd
from tests.integration.privacy.people import FORM
from tests.integration.privacy.turning import NEW, held, service
from tests.support.clocks import SetClock

TOKEN = "a-token-of-wechat"
PLACE = "access_tokens.sealed:wx:access_token"


async def test_after_a_rotation_the_old_key_is_not_needed(
    crowd: Crowd, database: Database, clock: SetClock, tmp_path: Path
) -> None:
    one, other = await crowd(2)
    first = await one.ask("POST", "/webinars/china/registrations", FORM, key="one-key-of-mine")
    await _keep_a_token(database)

    turned = await keys.rotate(database, keys=held(NEW, old=[SECRET_KEY]))
    again = await keys.rotate(database, keys=held(NEW))

    assert turned["registrations.sealed_contact"] == Outcome(renewed=1)
    assert turned["visitors.sealed_session_key"] == Outcome(renewed=2)
    assert turned["idempotent_answers.sealed_body"] == Outcome(renewed=1)
    assert turned["access_tokens.sealed"] == Outcome(renewed=1)
    assert {(each.renewed, each.unreadable, each.clashing) for each in again.values()} == {
        (0, 0, 0)
    }
    async with service(database, clock, tmp_path) as client:
        one, other = (replace(who, client=client) for who in (one, other))
        found = await one.export()
        taken = await other.ask("POST", "/webinars/china/registrations", FORM)
    assert first.status_code == 201
    assert found["registrations"][0]["phone"] == "+8613800138000"
    assert (taken.status_code, taken.json()["code"]) == (409, "contact_taken")
    async with database.snapshot() as db:
        sealed = await db.scalar(select(AccessToken.sealed))
    assert Sealer(NEW).open(sealed or b"", about=PLACE) == TOKEN.encode()


async def test_two_rows_with_one_contact_are_told(crowd: Crowd, database: Database) -> None:
    one, other = await crowd(2)
    await one.register()
    taken = await other.register(phone="13800138001")
    new = held(NEW, old=[SECRET_KEY])
    async with database.transaction() as db:
        # As if a process with the new key had not known of the first one's old index.
        kept = (await db.scalars(select(Registration).where(Registration.name == "王芳"))).all()
        second = next(row for row in kept if str(row.id) == taken["id"])
        first = next(row for row in kept if row is not second)
        safe = ContactSafe(new.sealer, new.index)
        safe.write(second, safe.read(first))

    outcome = (await keys.rotate(database, keys=new))["registrations.sealed_contact"]

    assert outcome == Outcome(current=1, clashing=1)
    with pytest.raises(IntegrityError):
        async with database.transaction() as db:
            await db.execute(update(Registration).values(contact_index=b"x" * 16))


async def _keep_a_token(database: Database) -> None:
    sealed = Sealer(SECRET_KEY).seal(TOKEN.encode(), about=PLACE)
    async with database.transaction() as db:
        db.add(AccessToken(appid="wx", kind=TokenKind.ACCESS_TOKEN, sealed=sealed))
