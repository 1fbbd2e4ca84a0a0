"""When registering opens and closes, and what is offered to somebody who comes too late."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from models import Consultation, Webinar
from services import webinars
from services.registrations.refusals import (
    Announced,
    RegisteredElsewhere,
    RegistrationClosed,
    RegistrationNotOpen,
)


def is_open(webinar: Webinar, now: datetime) -> bool:
    """Tell whether one may register, or change what one said."""
    opens_at = webinar.registration_opens_at
    closed = now >= webinars.registration_closes_at(webinar)
    return not closed and (opens_at is None or now >= opens_at)


async def require_open(db: AsyncSession, webinar: Webinar, now: datetime) -> None:
    """Make sure that one may register, or change what one said.

    Raises:
        RegistrationNotOpen, RegistrationClosed
    """
    if now >= webinars.registration_closes_at(webinar):
        raise await _closed(db, webinar, now)
    if webinar.registration_opens_at is not None and now < webinar.registration_opens_at:
        raise RegistrationNotOpen(webinar.registration_opens_at)


async def require_not_begun(db: AsyncSession, webinar: Webinar, now: datetime) -> None:
    """Make sure that a seat can still be given up, which may be after registering has closed.

    Raises:
        RegistrationClosed
    """
    if now >= webinar.starts_at:
        raise await _closed(db, webinar, now)


async def require_here(db: AsyncSession, webinar: Webinar) -> None:
    """Make sure that this service gives the seats.

    Raises:
        RegisteredElsewhere
    """
    if webinar.registered_here:
        return
    consultation = await db.get_one(Consultation, webinar.consultation_id)
    raise RegisteredElsewhere(address=webinar.registration_url or consultation.hub_url)


async def _closed(db: AsyncSession, webinar: Webinar, now: datetime) -> RegistrationClosed:
    consultation = await db.get_one(Consultation, webinar.consultation_id)
    others = [
        Announced(other.title, other.starts_at)
        for other in await webinars.of_round(db, consultation=consultation)
        if other.id != webinar.id and now < webinars.registration_closes_at(other)
    ]
    return RegistrationClosed(others=others, replay_url=webinars.materials(webinar, now).replay_url)
