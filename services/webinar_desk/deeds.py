"""Deeds: what staff do about one registration or at the door, each with its entry in the audit."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from models import Registration, Webinar
from services import audit
from services.registrations import ContactSafe, approval, check_in, on_behalf
from services.registrations.approval import No
from services.registrations.check_in import Arrival, Door
from services.registrations.on_behalf import Moved


@dataclass(frozen=True)
class By:
    """Somebody of ours as they act."""

    actor: str
    """The login of their account."""

    now: datetime
    """By the service's clock, as webinars go by it."""

    at: datetime
    """By the machine's clock, as the audit goes by it."""


async def give_seat(
    db: AsyncSession, *, webinar: Webinar, registration_id: UUID, by: By
) -> Registration:
    """Give a seat out of turn.

    Raises:
        RegistrationNotFound, RegistrationCancelled
    """
    done = await on_behalf.give_seat(
        db, webinar=webinar, registration_id=registration_id, now=by.now
    )
    await _record(db, "registration.seat_given", done, by=by, webinar=webinar.slug)
    return done


async def cancel(
    db: AsyncSession, *, webinar: Webinar, registration_id: UUID, by: By
) -> Registration:
    """Cancel for somebody; the first in line gets the seat.

    Raises:
        RegistrationNotFound, RegistrationClosed
    """
    done = await on_behalf.cancel(db, webinar=webinar, registration_id=registration_id, now=by.now)
    await _record(db, "registration.cancelled", done, by=by, webinar=webinar.slug)
    return done


async def approve(
    db: AsyncSession, *, webinar: Webinar, registration_id: UUID, by: By
) -> Registration:
    """Say yes to somebody's registration.

    Raises:
        RegistrationNotFound, RegistrationCancelled, RegistrationClosed
    """
    done = await approval.approve(db, webinar=webinar, registration_id=registration_id, now=by.now)
    await _record(db, "registration.approved", done, by=by, webinar=webinar.slug)
    return done


async def decline(
    db: AsyncSession, *, webinar: Webinar, registration_id: UUID, no: No, by: By
) -> Registration:
    """Say no to somebody's registration, and why; the audit has the reason without our own words.

    Raises:
        RegistrationNotFound, RegistrationCancelled, RegistrationDecided, RegistrationClosed,
        DeclineWordsMissing
    """
    done = await approval.decline(
        db, webinar=webinar, registration_id=registration_id, no=no, now=by.now
    )
    await _record(
        db,
        "registration.declined",
        done,
        by=by,
        webinar=webinar.slug,
        reason=no.reason.value,
    )
    return done


async def move(
    db: AsyncSession,
    *,
    webinar: Webinar,
    registration_id: UUID,
    to: str,
    safe: ContactSafe,
    by: By,
) -> Moved:
    """Move somebody to another webinar of the round.

    Raises:
        RegistrationNotFound, RegistrationCancelled, RegistrationClosed, WebinarNotFound,
        RegisteredThere, ContactTaken
    """
    moved = await on_behalf.move(
        db, webinar=webinar, registration_id=registration_id, to=to, safe=safe, now=by.now
    )
    await _record(
        db,
        "registration.moved",
        moved.former,
        by=by,
        webinar=webinar.slug,
        to=to,
        taken_over_by=str(moved.registration.id),
    )
    return moved


async def let_in(db: AsyncSession, *, webinar: Webinar, shown: str, door: Door, by: By) -> Arrival:
    """Let somebody in at a webinar's door; who was in before is told so.

    Raises:
        CheckInUnknown, CheckInElsewhere, SeatMissing
    """
    arrival = await check_in.check_in(db, shown=shown, door=door, now=by.now)
    if not arrival.again:
        came = arrival.registration
        await _record(db, "registration.checked_in", came, by=by, webinar=webinar.slug)
    return arrival


async def take_back(
    db: AsyncSession, *, webinar: Webinar, code: str, door: Door, by: By
) -> Registration:
    """Take a check-in back.

    Raises:
        CheckInUnknown, CheckInElsewhere
    """
    registration = await check_in.undo(db, code=code, door=door, now=by.now)
    act = "registration.check_in_undone"
    await _record(db, act, registration, by=by, webinar=webinar.slug)
    return registration


async def _record(
    db: AsyncSession, act: str, registration: Registration, *, by: By, **details: str
) -> None:
    await audit.record(
        db,
        actor=by.actor,
        act=act,
        subject=f"registration/{registration.id}",
        details=details,
        now=by.at,
    )
