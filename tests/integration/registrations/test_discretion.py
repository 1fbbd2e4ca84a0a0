"""Discretion: contacts are nowhere readable, and only the installation's keys open them."""

import logging
from pathlib import Path

import pytest
from sqlalchemy import select, text

from api.app import Application
from models import Registration
from models.vocabulary import PersonalContactKind
from services.registrations import ContactSafe, PersonalContact
from services.runtime.blind_index import BlindIndex
from services.runtime.database import Database, sqlite_file
from services.runtime.sealing import SealUnreadable
from tests.integration.registrations.people import Person, body

PHONE = "13912345678"
EMAIL = "canary.person@example.cn"


async def test_phone_and_address_are_nowhere_readable(
    person: Person, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    made = (await person.register(body(phone=PHONE))).json()
    changed = await person.change(made["id"], email=EMAIL)
    await person.change(made["id"], phone="123")

    seen = await _everything(database)
    assert changed.status_code == 200
    assert made["id"].replace("-", "").encode() in seen.replace(b"-", b"")
    for secret in (PHONE, PHONE[-9:], EMAIL, "canary"):
        assert secret.encode() not in seen
        assert secret not in caplog.text
    assert PHONE not in str(made)
    assert EMAIL not in changed.text


async def test_a_contact_opens_in_its_own_row_only(
    person: Person, database: Database, application: Application
) -> None:
    secret = application.parts.settings.secret_key.get_secret_value()
    safe = ContactSafe(application.parts.sealer, BlindIndex(secret))
    await person.register(body(email=EMAIL))

    async with database.snapshot() as db:
        kept = (await db.scalars(select(Registration))).one()
        assert safe.read(kept) == PersonalContact(PersonalContactKind.EMAIL, EMAIL)
        other = Registration(
            webinar_id=kept.webinar_id,
            visitor_id=kept.visitor_id,
            name="",
            organisation="",
            number=2,
            code="",
            state=kept.state,
            registered_at=kept.registered_at,
        )
        other.sealed_contact = kept.sealed_contact
        with pytest.raises(SealUnreadable):
            safe.read(other)


async def _everything(database: Database) -> bytes:
    """Give all that is stored: SQLite's files as they are, PostgreSQL's rows as text."""
    file = sqlite_file(database.url)
    return _read(file) if file is not None else await _rows(database)


def _read(file: Path) -> bytes:
    log = file.with_name(f"{file.name}-wal")
    return b"".join(part.read_bytes() for part in (file, log) if part.exists())


async def _rows(database: Database) -> bytes:
    async with database.snapshot() as db:
        rows = []
        for table in ("registrations", "idempotent_answers", "visitors", "login_sessions"):
            rows += list(await db.scalars(text(f"SELECT t::text FROM {table} t")))  # noqa: S608
        # Bytes come out as hex: what was kept readable would be read in the answers too.
        kept = await db.scalars(text("SELECT sealed_body FROM idempotent_answers"))
        rows += [str(row) for row in kept]
    return "\n".join(rows).encode()
