"""Recovery: getting back a registration that one made with the same contact under another login.

Whoever can read what is sent to the contact owns it. Nothing before the right code tells whether
anybody is registered with it: there is a row, a job and the same answer in either case.
"""

import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models import ContactRecovery, Registration, Webinar
from models.vocabulary import RegistrationState
from services import jobs, webinars
from services.registrations import booking, seats
from services.registrations.booking import Registrant, Standing
from services.registrations.contacts import ContactSafe, PersonalContact
from services.registrations.refusals import (
    AlreadyRegistered,
    RecoveryCodeWrong,
    RecoveryTooOften,
    RegistrationNotFound,
)
from services.runtime.sealing import Sealer

SEND_CODE = "send_recovery_code"
"""The kind of job that sends a code; its payload is the recovery's id, `letter` what it sends."""

CODE_DIGITS = 6
LASTS = timedelta(minutes=15)
TRIES = 5
"""Wrong codes after which a code is of no more use: five of a million, within 15 minutes."""

ASKS_AN_HOUR = 3
"""Codes that one visitor may ask for."""

LETTERS_A_DAY = 5
"""Codes that are sent to one contact, whoever asks: nobody's mailbox is flooded."""

KEPT = timedelta(days=1)


@dataclass(frozen=True)
class Letter:
    """A code on its way to the contact it proves."""

    contact: PersonalContact
    code: str = field(repr=False)
    webinar: Webinar
    minutes: int
    """How long it is good for."""


async def ask(
    db: AsyncSession, *, slug: str, contact: PersonalContact, who: Registrant, machine_now: datetime
) -> ContactRecovery:
    """Have a code sent to an e-mail address, if somebody else is registered with it.

    Raises:
        WebinarNotFound, WebinarWithdrawn, RecoveryTooOften
    """
    webinar = await webinars.by_slug(db, slug=slug)
    await _require_patience(db, who.visitor.id, machine_now)
    index = who.safe.index_of(contact)
    owned = await _owned(db, webinar, index, but_by=who.visitor.id)
    sendable = await _letters(db, index, machine_now) < LETTERS_A_DAY
    recovery = ContactRecovery(
        visitor_id=who.visitor.id,
        webinar_id=webinar.id,
        contact_index=index,
        asked_at=machine_now,
        expires_at=machine_now + LASTS,
        registration_id=owned.id if owned is not None and sendable else None,
    )
    code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"
    recovery.sealed_code = who.safe.sealer.seal(code.encode(), about=_place(recovery))
    db.add(recovery)
    await db.flush()
    await jobs.enqueue(db, SEND_CODE, key=str(recovery.id), recovery_id=str(recovery.id))
    return recovery


async def letter(
    db: AsyncSession, *, recovery_id: UUID, safe: ContactSafe, machine_now: datetime
) -> Letter | None:
    """Give what is to be sent; None where nobody is registered any more, or it is late."""
    recovery = await db.get(ContactRecovery, recovery_id)
    if recovery is None or recovery.registration_id is None or machine_now >= recovery.expires_at:
        return None
    registration = await db.get_one(Registration, recovery.registration_id)
    if not _is_contact(registration, recovery.contact_index, safe):
        return None
    return Letter(
        contact=safe.read(registration),
        code=_code(recovery, safe.sealer),
        webinar=await db.get_one(Webinar, recovery.webinar_id),
        minutes=LASTS // timedelta(minutes=1),
    )


async def count_try(
    db: AsyncSession, *, slug: str, contact: PersonalContact, who: Registrant, machine_now: datetime
) -> UUID | None:
    """Count that a code is about to be tried and give which recovery it is for, None for none.

    In a transaction of its own, committed before the code is looked at: a refusal takes nothing
    back, and codes tried at the same moment are counted too.
    """
    webinar = await webinars.by_slug(db, slug=slug)
    newest = (
        select(ContactRecovery.id)
        .where(
            ContactRecovery.visitor_id == who.visitor.id,
            ContactRecovery.webinar_id == webinar.id,
            ContactRecovery.contact_index == who.safe.index_of(contact),
        )
        .order_by(ContactRecovery.asked_at.desc())
        .limit(1)
    )
    tried: UUID | None = await db.scalar(
        update(ContactRecovery)
        .where(
            ContactRecovery.id == newest.scalar_subquery(),
            ContactRecovery.expires_at > machine_now,
            ContactRecovery.failures < TRIES,
        )
        .values(failures=ContactRecovery.failures + 1)
        .returning(ContactRecovery.id)
    )
    return tried


async def finish(
    db: AsyncSession, *, recovery_id: UUID | None, code: str, who: Registrant
) -> Standing:
    """Give the visitor the registration whose contact they have proved to own.

    Raises:
        RecoveryCodeWrong, AlreadyRegistered
    """
    recovery = await db.get(ContactRecovery, recovery_id) if recovery_id else None
    if recovery is None or not hmac.compare_digest(
        _code(recovery, who.safe.sealer).encode(), code.encode()
    ):
        raise RecoveryCodeWrong
    if recovery.registration_id is None:
        raise RecoveryCodeWrong
    registration = await db.get(Registration, recovery.registration_id)
    if registration is None:
        raise RecoveryCodeWrong  # erased at this moment, and the code with it
    done = await _hand_over(db, registration, who, proven=recovery.contact_index)
    await db.delete(recovery)
    return done


async def take_over(
    db: AsyncSession, *, slug: str, contact: PersonalContact, who: Registrant
) -> Standing:
    """Give the visitor the registration made with a contact that is proved to be theirs.

    Raises:
        WebinarNotFound, WebinarWithdrawn, RegistrationNotFound, AlreadyRegistered
    """
    webinar = await webinars.by_slug(db, slug=slug)
    index = who.safe.index_of(contact)
    owned = await _owned(db, webinar, index)
    if owned is None:
        raise RegistrationNotFound
    try:
        return await _hand_over(db, owned, who, proven=index)
    except RecoveryCodeWrong:
        # Its contact was changed at this moment, and nobody has typed a code.
        raise RegistrationNotFound from None


async def forget_old(db: AsyncSession, *, machine_now: datetime) -> None:
    """Take away what was asked for more than a day ago."""
    await db.execute(delete(ContactRecovery).where(ContactRecovery.asked_at <= machine_now - KEPT))


async def _hand_over(
    db: AsyncSession, registration: Registration, who: Registrant, *, proven: bytes
) -> Standing:
    webinar = await seats.locked(db, webinar_id=registration.webinar_id)
    known = await db.get(Registration, registration.id, populate_existing=True)
    if known is None:
        raise RegistrationNotFound  # erased while the lock was waited for
    if not _is_contact(registration, proven, who.safe):
        raise RecoveryCodeWrong
    own = await booking.active(db, webinar=webinar, visitor=who.visitor)
    if own is not None and own is not registration:
        raise AlreadyRegistered
    if registration.state is RegistrationState.CANCELLED:
        raise RegistrationNotFound
    registration.visitor_id = who.visitor.id
    registration.sequence += 1
    await db.flush()
    return await booking.standing(db, booked=(registration, webinar), safe=who.safe)


def _is_contact(registration: Registration, index: bytes, safe: ContactSafe) -> bool:
    """Tell whether an index is of a registration's present contact, under whichever key."""
    contact = safe.read(registration)
    return index in {safe.index_of(contact), *safe.former_indexes_of(contact)}


async def _owned(
    db: AsyncSession, webinar: Webinar, index: bytes, *, but_by: UUID | None = None
) -> Registration | None:
    asked = select(Registration).where(
        Registration.webinar_id == webinar.id,
        Registration.contact_index == index,
        Registration.state != RegistrationState.CANCELLED,
    )
    if but_by is not None:
        asked = asked.where(Registration.visitor_id != but_by)
    found: Registration | None = await db.scalar(asked)
    return found


async def _require_patience(db: AsyncSession, visitor_id: UUID, machine_now: datetime) -> None:
    asked = await db.scalar(
        select(func.count())
        .select_from(ContactRecovery)
        .where(
            ContactRecovery.visitor_id == visitor_id,
            ContactRecovery.asked_at > machine_now - timedelta(hours=1),
        )
    )
    if (asked or 0) >= ASKS_AN_HOUR:
        raise RecoveryTooOften


async def _letters(db: AsyncSession, index: bytes, machine_now: datetime) -> int:
    """Count what was sent to a contact in a day."""
    sent = await db.scalar(
        select(func.count())
        .select_from(ContactRecovery)
        .where(
            ContactRecovery.contact_index == index,
            ContactRecovery.registration_id.is_not(None),
            ContactRecovery.asked_at > machine_now - timedelta(days=1),
        )
    )
    return sent or 0


def _code(recovery: ContactRecovery, sealer: Sealer) -> str:
    return sealer.open(recovery.sealed_code, about=_place(recovery)).decode()


def _place(recovery: ContactRecovery) -> str:
    return f"contact_recoveries.sealed_code:{recovery.id}"
