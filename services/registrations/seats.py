"""Seats: who may change them, who has one, who is next."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import Registration, Webinar
from models.vocabulary import RegistrationState
from services import revisions, webinars


async def locked(db: AsyncSession, *, webinar_id: UUID) -> Webinar:
    """Give a webinar whose seats nobody else can give away until the transaction ends.

    Whatever counts registrations or changes one holds this lock. SQLite has one writer anyway.
    """
    asked = select(Webinar).where(Webinar.id == webinar_id).with_for_update()
    # Read anew: what the session knows of it may be older than the lock.
    return (await db.scalars(asked.execution_options(populate_existing=True))).one()


async def fill(db: AsyncSession, *, webinar: Webinar, now: datetime) -> bool:
    """Give free seats to those in line, first come first; tell whether one is left then."""
    free = await _free(db, webinar)
    line = (
        select(Registration)
        .where(_of(webinar, RegistrationState.WAITING))
        .order_by(Registration.number)
        .limit(free)
    )
    promoted = list(await db.scalars(line)) if free != 0 else []
    for registration in promoted:
        registration.state = RegistrationState.CONFIRMED
        registration.confirmed_at = now
        registration.sequence += 1
    return free is None or len(promoted) < free


async def place(db: AsyncSession, *, webinar: Webinar, now: datetime) -> RegistrationState:
    """Tell what is there for somebody new: a seat, the end of the line, or our decision first."""
    if webinar.needs_approval:
        return RegistrationState.PENDING
    seat = await fill(db, webinar=webinar, now=now)
    return RegistrationState.CONFIRMED if seat else RegistrationState.WAITING


async def next_number(db: AsyncSession, *, webinar: Webinar) -> int:
    """Give the place behind everybody who ever registered."""
    last = await db.scalar(
        select(func.max(Registration.number)).where(Registration.webinar_id == webinar.id)
    )
    return (last or 0) + 1


async def position(db: AsyncSession, *, registration: Registration) -> int | None:
    """Give the place in the line, 1 for who is next, None for who is not in it."""
    if registration.state is not RegistrationState.WAITING:
        return None
    before = (
        select(func.count())
        .select_from(Registration)
        .where(
            Registration.webinar_id == registration.webinar_id,
            Registration.state == RegistrationState.WAITING,
            Registration.number <= registration.number,
        )
    )
    return await db.scalar(before)


async def counts(db: AsyncSession) -> dict[UUID, dict[RegistrationState, int]]:
    """Count the registrations of each webinar that has any."""
    found: dict[UUID, dict[RegistrationState, int]] = {}
    rows = await db.execute(
        select(Registration.webinar_id, Registration.state, func.count()).group_by(
            Registration.webinar_id, Registration.state
        )
    )
    for webinar_id, state, number in rows:
        found.setdefault(webinar_id, {})[state] = number
    return found


async def set_seats(db: AsyncSession, *, slug: str, seats: int | None, now: datetime) -> Webinar:
    """Change how many seats a webinar has; whoever has one keeps it, the line moves up.

    None takes the limit away.

    Raises:
        WebinarNotFound, WebinarWithdrawn
    """
    found = await webinars.by_slug(db, slug=slug)
    webinar = await locked(db, webinar_id=found.id)
    webinar.seats = seats
    if now < webinar.starts_at:
        await fill(db, webinar=webinar, now=now)
    await revisions.bump(db)
    return webinar


async def _free(db: AsyncSession, webinar: Webinar) -> int | None:
    """Count the free seats; None means no limit."""
    if webinar.seats is None:
        return None
    taken = await db.scalar(
        select(func.count())
        .select_from(Registration)
        .where(_of(webinar, RegistrationState.CONFIRMED))
    )
    return max(webinar.seats - (taken or 0), 0)


def _of(webinar: Webinar, state: RegistrationState) -> ColumnElement[bool]:
    return and_(Registration.webinar_id == webinar.id, Registration.state == state)
