"""Registering for a webinar, and everything a visitor may do about it until it begins.

Nobody registers before `registration_opens_at` or from `registration_closes_at` on.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from models import Registration, Term, Visitor, Webinar
from models.registration import ACTIVE_CONTACT, CODE_LENGTH
from models.vocabulary import ConsentKind, Language, RegistrationState, TermSet
from services import consents, visits, webinars
from services.consents import Choices
from services.registrations import closing, seats, states
from services.registrations.contacts import ContactSafe, PersonalContact
from services.registrations.refusals import (
    ContactTaken,
    RegistrationDeclined,
    RegistrationNotFound,
    StakeholderUnknown,
)
from services.runtime import constraints

CODE_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Nothing that looks or sounds like something else: no 0 and O, no 1, I and L, no U."""


@dataclass(frozen=True)
class Wish:
    """What somebody says of themselves when they register."""

    name: str
    organisation: str
    contact: PersonalContact
    stakeholder: str | None = None
    may_transfer_abroad: bool = False
    asked_in: Language = Language.ZH
    """In which they read what they agreed to."""

    channel: str | None = None
    """The channel they say they came by."""


@dataclass(frozen=True)
class Changes:
    """What is to be different; None leaves it as it is, an empty stakeholder takes it away."""

    name: str | None = None
    organisation: str | None = None
    contact: PersonalContact | None = None
    stakeholder: str | None = None
    may_transfer_abroad: bool | None = None
    asked_in: Language = Language.ZH


@dataclass(frozen=True)
class Standing:
    """A registration with all that its visitor is shown; `position` only in the line."""

    registration: Registration
    webinar: Webinar
    contact: PersonalContact
    position: int | None


@dataclass(frozen=True)
class Registrant:
    """A visitor as they ask: who they are, the keys their contact is kept with, the instant."""

    visitor: Visitor
    safe: ContactSafe
    now: datetime


async def book(db: AsyncSession, *, slug: str, wish: Wish, who: Registrant) -> Standing:
    """Register a visitor: a seat, a place in the line, or our decision first.

    Whoever is registered already gets what they have, unchanged.

    Raises:
        WebinarNotFound, WebinarWithdrawn, RegistrationNotOpen, RegistrationClosed,
        RegisteredElsewhere, StakeholderUnknown, ContactTaken
    """
    webinar = await seats.locked(db, webinar_id=(await webinars.by_slug(db, slug=slug)).id)
    known = await active(db, webinar=webinar, visitor=who.visitor)
    if known is not None:
        return await standing(db, booked=(known, webinar), safe=who.safe)
    await closing.require_open(db, webinar, who.now)
    await closing.require_here(db, webinar)
    await _require_stakeholder(db, webinar, wish.stakeholder)
    state = await seats.place(db, webinar=webinar, now=who.now)
    registration = Registration(
        webinar_id=webinar.id,
        visitor_id=who.visitor.id,
        name=wish.name,
        organisation=wish.organisation,
        number=await seats.next_number(db, webinar=webinar),
        code=new_code(),
        state=state,
        registered_at=who.now,
        stakeholder=wish.stakeholder or None,
        may_transfer_abroad=wish.may_transfer_abroad,
        channel=await visits.channel(db, code=wish.channel),
        confirmed_at=who.now if state is RegistrationState.CONFIRMED else None,
    )
    await write_contact(db, registration, wish.contact, safe=who.safe)
    db.add(registration)
    await flush(db)
    given = {ConsentKind.NOTICE: True, ConsentKind.TRANSFER_ABROAD: wish.may_transfer_abroad}
    choices = Choices(given, wish.asked_in)
    await consents.record(db, about=registration, choices=choices, now=who.now)
    return await standing(db, booked=(registration, webinar), safe=who.safe)


async def of_visitor(db: AsyncSession, *, who: Registrant) -> list[Standing]:
    """Give all registrations of a visitor, cancelled ones too, newest first."""
    rows = await db.execute(
        select(Registration, Webinar)
        .join(Webinar, Webinar.id == Registration.webinar_id)
        .where(Registration.visitor_id == who.visitor.id)
        .order_by(Registration.registered_at.desc(), Registration.number.desc())
    )
    booked = [(registration, webinar) for registration, webinar in rows]
    return [await standing(db, booked=one, safe=who.safe) for one in booked]


async def own(db: AsyncSession, *, registration_id: UUID, who: Registrant) -> Standing:
    """Give one registration of a visitor.

    Raises:
        RegistrationNotFound: also for somebody else's.
    """
    registration = await _own(db, registration_id, who)
    webinar = await db.get_one(Webinar, registration.webinar_id)
    return await standing(db, booked=(registration, webinar), safe=who.safe)


async def change(
    db: AsyncSession, *, registration_id: UUID, changes: Changes, who: Registrant
) -> Standing:
    """Change what a visitor said when they registered; seat and place stay.

    Raises:
        RegistrationNotFound, RegistrationCancelled, RegistrationDeclined, RegistrationClosed,
        StakeholderUnknown, ContactTaken
    """
    registration, webinar = await _own_locked(db, registration_id, who)
    states.require_standing(registration)
    await closing.require_open(db, webinar, who.now)
    await _require_stakeholder(db, webinar, changes.stakeholder)
    registration.name = changes.name or registration.name
    registration.organisation = changes.organisation or registration.organisation
    if changes.stakeholder is not None:
        registration.stakeholder = changes.stakeholder or None
    if changes.contact is not None:
        await write_contact(db, registration, changes.contact, safe=who.safe)
    if db.is_modified(registration):
        registration.sequence += 1
    await flush(db)
    if changes.may_transfer_abroad is not None:
        registration.may_transfer_abroad = changes.may_transfer_abroad
        choices = Choices(
            {ConsentKind.TRANSFER_ABROAD: changes.may_transfer_abroad}, changes.asked_in
        )
        await consents.record(db, about=registration, choices=choices, now=who.now)
    return await standing(db, booked=(registration, webinar), safe=who.safe)


async def cancel(db: AsyncSession, *, registration_id: UUID, who: Registrant) -> Standing:
    """Give up a seat or a place; the first in line gets the seat. Done twice it is done once.

    Raises:
        RegistrationNotFound, RegistrationDeclined, RegistrationClosed
    """
    registration, webinar = await _own_locked(db, registration_id, who)
    if registration.state is RegistrationState.DECLINED:
        raise RegistrationDeclined
    if registration.state is not RegistrationState.CANCELLED:
        await closing.require_not_begun(db, webinar, who.now)
        registration.sequence += 1
        registration.state = RegistrationState.CANCELLED
        registration.cancelled_at = who.now
        await seats.fill(db, webinar=webinar, now=who.now)
    return await standing(db, booked=(registration, webinar), safe=who.safe)


async def latest(db: AsyncSession, *, who: Registrant) -> Registration | None:
    """Give what a visitor said of themselves last, to be offered when they register again."""
    found: Registration | None = await db.scalar(
        select(Registration)
        .where(Registration.visitor_id == who.visitor.id)
        .order_by(Registration.registered_at.desc(), Registration.number.desc())
        .limit(1)
    )
    return found


async def active(db: AsyncSession, *, webinar: Webinar, visitor: Visitor) -> Registration | None:
    """Give the registration of a visitor that is not cancelled."""
    found: Registration | None = await db.scalar(
        select(Registration).where(
            Registration.webinar_id == webinar.id,
            Registration.visitor_id == visitor.id,
            Registration.state != RegistrationState.CANCELLED,
        )
    )
    return found


async def standing(
    db: AsyncSession, *, booked: tuple[Registration, Webinar], safe: ContactSafe
) -> Standing:
    """Give a registration with all that its visitor is shown."""
    registration, webinar = booked
    return Standing(
        registration=registration,
        webinar=webinar,
        contact=safe.read(registration),
        position=await seats.position(db, registration=registration),
    )


async def _own(db: AsyncSession, registration_id: UUID, who: Registrant) -> Registration:
    registration = await db.scalar(
        select(Registration)
        .where(Registration.id == registration_id, Registration.visitor_id == who.visitor.id)
        .execution_options(populate_existing=True)
    )
    if registration is None:
        raise RegistrationNotFound
    return registration


async def _own_locked(
    db: AsyncSession, registration_id: UUID, who: Registrant
) -> tuple[Registration, Webinar]:
    found = await _own(db, registration_id, who)
    webinar = await seats.locked(db, webinar_id=found.webinar_id)
    # Read again: until the lock was ours somebody else's cancellation may have promoted it.
    return await _own(db, registration_id, who), webinar


async def _require_stakeholder(db: AsyncSession, webinar: Webinar, code: str | None) -> None:
    if not code:
        return
    term = await db.scalar(
        select(Term.id).where(
            Term.consultation_id == webinar.consultation_id,
            Term.term_set == TermSet.STAKEHOLDER,
            Term.code == code,
            Term.retired.is_(False),
        )
    )
    if term is None:
        raise StakeholderUnknown


async def write_contact(
    db: AsyncSession, registration: Registration, contact: PersonalContact, *, safe: ContactSafe
) -> None:
    """Put a contact into a row; the index refuses a second one, but not across two keys.

    Raises:
        ContactTaken
    """
    former = safe.former_indexes_of(contact)
    if former:
        taken = select(Registration.id).where(
            Registration.webinar_id == registration.webinar_id,
            Registration.contact_index.in_(former),
            Registration.state != RegistrationState.CANCELLED,
            Registration.id != registration.id,
        )
        with db.no_autoflush:
            if await db.scalar(taken) is not None:
                raise ContactTaken
    safe.write(registration, contact)


async def flush(db: AsyncSession) -> None:
    """Write what is new or changed.

    Raises:
        ContactTaken
    """
    try:
        await db.flush()
    except IntegrityError as error:
        if constraints.is_broken(error, ACTIVE_CONTACT):
            raise ContactTaken from error
        raise


def new_code() -> str:
    """Give what is shown at the door, by chance."""
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))
