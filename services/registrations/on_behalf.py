"""What staff do about somebody's registration: out of turn, in the person's place."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import Registration, Webinar
from models.vocabulary import RegistrationState
from services import consents, webinars
from services.registrations import booking, closing, seats, states
from services.registrations.contacts import ContactSafe
from services.registrations.refusals import (
    RegisteredThere,
    RegistrationDeclined,
    RegistrationNotFound,
)


@dataclass(frozen=True)
class Moved:
    """A registration that took another one's place, at another webinar."""

    former: Registration
    registration: Registration


async def by_id(db: AsyncSession, *, webinar: Webinar, registration_id: UUID) -> Registration:
    """Give a registration for a webinar, whoever's it is.

    Raises:
        RegistrationNotFound
    """
    found = await db.scalar(
        select(Registration)
        .where(Registration.id == registration_id, Registration.webinar_id == webinar.id)
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise RegistrationNotFound
    return found


async def give_seat(
    db: AsyncSession, *, webinar: Webinar, registration_id: UUID, now: datetime
) -> Registration:
    """Give a seat to somebody in the line or not decided about, out of turn, even if all are taken.

    The number of seats stays: the line moves up again once fewer have one. At the door it may be
    after the beginning. Done twice it is done once.

    Raises:
        RegistrationNotFound, RegistrationCancelled, RegistrationDeclined
    """
    webinar = await seats.locked(db, webinar_id=webinar.id)
    registration = await by_id(db, webinar=webinar, registration_id=registration_id)
    states.require_standing(registration)
    if registration.state is RegistrationState.PENDING:
        registration.decided_at = now
    if registration.state is not RegistrationState.CONFIRMED:
        registration.state = RegistrationState.CONFIRMED
        registration.confirmed_at = now
        registration.sequence += 1
    return registration


async def cancel(
    db: AsyncSession, *, webinar: Webinar, registration_id: UUID, now: datetime
) -> Registration:
    """Take a seat or a place back; the first in line gets the seat. Done twice it is done once.

    Raises:
        RegistrationNotFound, RegistrationDeclined, RegistrationClosed
    """
    webinar = await seats.locked(db, webinar_id=webinar.id)
    registration = await by_id(db, webinar=webinar, registration_id=registration_id)
    if registration.state is RegistrationState.DECLINED:
        raise RegistrationDeclined
    if registration.state is not RegistrationState.CANCELLED:
        await closing.require_not_begun(db, webinar, now)
        await _end(db, registration, webinar, now=now)
    return registration


async def targets(db: AsyncSession, *, webinar: Webinar, now: datetime) -> list[Webinar]:
    """Give the webinars that somebody may be moved to: this round's, seats here, not begun."""
    found = await db.scalars(
        select(Webinar)
        .where(
            Webinar.consultation_id == webinar.consultation_id,
            Webinar.id != webinar.id,
            Webinar.retired.is_(False),
            Webinar.registered_here,
            Webinar.starts_at > now,
        )
        .order_by(Webinar.starts_at, Webinar.position)
    )
    return list(found)


async def move(
    db: AsyncSession,
    *,
    webinar: Webinar,
    registration_id: UUID,
    to: str,
    safe: ContactSafe,
    now: datetime,
) -> Moved:
    """Cancel a registration and make one for another webinar: a seat, or the end of its line.

    It is another row, with a code of its own, so that its owner is told of both and reminded anew.
    What they agreed to goes with them, and so does the instant they registered: a seat that was
    given later is news by every way that is open. Who waits for a decision waits on, where there is
    one to be made; for everybody else moving them is the decision.

    Raises:
        RegistrationNotFound, RegistrationCancelled, RegistrationDeclined, RegistrationClosed,
        WebinarNotFound, RegisteredThere, ContactTaken
    """
    known = {other.slug: other for other in await targets(db, webinar=webinar, now=now)}
    if to not in known:
        raise webinars.WebinarNotFound
    here, there = await _both_locked(db, webinar, known[to])
    former = await by_id(db, webinar=here, registration_id=registration_id)
    states.require_standing(former)
    undecided = former.state is RegistrationState.PENDING and there.needs_approval
    await closing.require_not_begun(db, here, now)
    await closing.require_not_begun(db, there, now)
    await _require_unknown(db, there, former)
    await _end(db, former, here, now=now)
    made = await _again(db, former, there, safe=safe, undecided=undecided, now=now)
    await consents.carry(db, about=former, over_to=made)
    return Moved(former, made)


async def _both_locked(db: AsyncSession, one: Webinar, other: Webinar) -> tuple[Webinar, Webinar]:
    """Lock two webinars, always in the same order, or two moves could wait for each other."""
    locked = {
        webinar_id: await seats.locked(db, webinar_id=webinar_id)
        for webinar_id in sorted((one.id, other.id))
    }
    return locked[one.id], locked[other.id]


async def _require_unknown(db: AsyncSession, webinar: Webinar, former: Registration) -> None:
    known = select(Registration.id).where(
        Registration.webinar_id == webinar.id,
        Registration.visitor_id == former.visitor_id,
        Registration.state != RegistrationState.CANCELLED,
    )
    if await db.scalar(known) is not None:
        raise RegisteredThere


async def _end(
    db: AsyncSession, registration: Registration, webinar: Webinar, *, now: datetime
) -> None:
    registration.state = RegistrationState.CANCELLED
    registration.cancelled_at = now
    registration.sequence += 1
    await seats.fill(db, webinar=webinar, now=now)


async def _again(
    db: AsyncSession,
    former: Registration,
    webinar: Webinar,
    *,
    safe: ContactSafe,
    undecided: bool,
    now: datetime,
) -> Registration:
    seat = not undecided and await seats.fill(db, webinar=webinar, now=now)
    placed = RegistrationState.CONFIRMED if seat else RegistrationState.WAITING
    made = Registration(
        webinar_id=webinar.id,
        visitor_id=former.visitor_id,
        name=former.name,
        organisation=former.organisation,
        number=await seats.next_number(db, webinar=webinar),
        code=booking.new_code(),
        state=RegistrationState.PENDING if undecided else placed,
        registered_at=former.registered_at,
        stakeholder=former.stakeholder,
        may_transfer_abroad=former.may_transfer_abroad,
        channel=former.channel,
        confirmed_at=now if seat else None,
    )
    await booking.write_contact(db, made, safe.read(former), safe=safe)
    db.add(made)
    await booking.flush(db)
    return made
