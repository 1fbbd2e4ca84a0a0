"""What registrations keep about a visitor: given to them, and taken away."""

import secrets
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import Registration, Webinar
from services import consents
from services.registrations import seats
from services.registrations.contacts import ContactSafe, PersonalContact
from services.runtime.blind_index import INDEX_BYTES


async def export(db: AsyncSession, *, visitor_id: UUID, safe: ContactSafe) -> list[dict[str, Any]]:
    """Give all registrations of a visitor, the contact in full, oldest first."""
    rows = await db.execute(
        select(Registration, Webinar)
        .join(Webinar, Webinar.id == Registration.webinar_id)
        .where(Registration.visitor_id == visitor_id)
        .order_by(Registration.registered_at, Registration.number)
    )
    return [
        {
            "webinar": webinar.slug,
            "state": registration.state.value,
            "name": registration.name,
            "organisation": registration.organisation,
            registration.contact_kind.value: safe.read(registration).value,
            "stakeholder": registration.stakeholder,
            "channel": registration.channel,
            "number": registration.number,
            "code": registration.code,
            "registered_at": registration.registered_at.isoformat(),
            "confirmed_at": _written(registration.confirmed_at),
            "cancelled_at": _written(registration.cancelled_at),
            "checked_in_at": _written(registration.checked_in_at),
            "decided_at": _written(registration.decided_at),
            "decline_reason": registration.decline_reason,
            "decline_words": registration.decline_words,
            "consents": await consents.export(db, about=registration),
        }
        for registration, webinar in rows
    ]


async def holders(
    db: AsyncSession, *, contact: PersonalContact, safe: ContactSafe
) -> list[tuple[UUID, Webinar, Registration]]:
    """Tell who ever registered with a phone number or e-mail address, and for what."""
    indexes = [safe.index_of(contact), *safe.former_indexes_of(contact)]
    rows = await db.execute(
        select(Registration, Webinar)
        .join(Webinar, Webinar.id == Registration.webinar_id)
        .where(Registration.contact_index.in_(indexes))
        .order_by(Registration.registered_at, Registration.number)
    )
    return [(registration.visitor_id, webinar, registration) for registration, webinar in rows]


async def erase(db: AsyncSession, *, visitor_id: UUID, now: datetime) -> None:
    """Take away all registrations of a visitor; before the webinar begins the line moves up.

    Holds the webinars' rows, in the order of their ids.
    """
    found = await db.scalars(
        select(Registration.webinar_id)
        .where(Registration.visitor_id == visitor_id)
        .distinct()
        .order_by(Registration.webinar_id)
    )
    for webinar_id in list(found):
        webinar = await seats.locked(db, webinar_id=webinar_id)
        await db.execute(
            delete(Registration).where(
                Registration.webinar_id == webinar_id, Registration.visitor_id == visitor_id
            )
        )
        if now < webinar.starts_at:
            await seats.fill(db, webinar=webinar, now=now)


def with_contact(webinar_ids: Collection[UUID]) -> Select[Registration]:
    """Ask for the registrations of some webinars whose contact is still kept."""
    return of_webinars(webinar_ids).where(Registration.sealed_contact != b"")


def of_webinars(webinar_ids: Collection[UUID]) -> Select[Registration]:
    """Ask for the registrations of some webinars."""
    return select(Registration).where(Registration.webinar_id.in_(webinar_ids))


async def forget_contacts(db: AsyncSession, found: Sequence[Registration], _now: datetime) -> None:
    """Take the phone number or e-mail address out of registrations."""
    del db
    for registration in found:
        registration.sealed_contact = b""
        # Nobody's, and of this row alone: what was taken away is found by nothing.
        registration.contact_index = secrets.token_bytes(INDEX_BYTES)


async def forget(db: AsyncSession, found: Sequence[Registration], _now: datetime) -> None:
    """Take registrations away whose webinar is over."""
    ids = [registration.id for registration in found]
    await db.execute(delete(Registration).where(Registration.id.in_(ids)))


def _written(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None
