"""The door: what somebody with a seat shows there, and letting them in once."""

import base64
import hmac
import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import CheckIn, Registration
from models.vocabulary import RegistrationState
from services.registrations import seats
from services.registrations.booking import CODE_LETTERS
from services.registrations.refusals import CheckInElsewhere, CheckInUnknown, SeatMissing
from services.runtime.blind_index import BlindIndex

PREFIX = "ASI1"
"""Not an address: scanned in WeChat it would open something in the wrong person's hands."""

_TYPED = re.compile(f"[{CODE_LETTERS}]{{8}}")


@dataclass(frozen=True)
class Door:
    """Whoever lets people in: their name among the staff, and the keys codes are signed with."""

    by: str
    index: BlindIndex
    webinar_id: UUID | None = None
    """At which webinar's door they stand; None lets in to each."""


@dataclass(frozen=True)
class Arrival:
    """Somebody who is in; `again` when they were before."""

    registration: Registration
    again: bool


def ticket(registration: Registration, *, index: BlindIndex) -> str:
    """Give the text of the QR code that somebody with a seat shows: their code, signed.

    Raises:
        SeatMissing
    """
    if registration.state is not RegistrationState.CONFIRMED:
        raise SeatMissing
    return f"{PREFIX}.{registration.code}.{_signature(registration, index)}"


async def check_in(db: AsyncSession, *, shown: str, door: Door, now: datetime) -> Arrival:
    """Let somebody in who shows a QR code, or whose eight characters were typed in.

    Done twice it is done once. A QR code counts only with its signature; characters that are typed
    stand for what a member of staff has seen.

    Raises:
        CheckInUnknown, CheckInElsewhere, SeatMissing
    """
    registration = await _shown(db, shown, door)
    if registration.state is not RegistrationState.CONFIRMED:
        raise SeatMissing
    if registration.checked_in_at is not None:
        return Arrival(registration, again=True)
    registration.checked_in_at = now
    db.add(CheckIn(registration_id=registration.id, arrived=True, at=now, by=door.by))
    return Arrival(registration, again=False)


async def undo(db: AsyncSession, *, code: str, door: Door, now: datetime) -> Registration:
    """Take a check-in back; nothing happens where there is none.

    Raises:
        CheckInUnknown, CheckInElsewhere
    """
    registration = await _shown(db, code, door)
    if registration.checked_in_at is not None:
        registration.checked_in_at = None
        db.add(CheckIn(registration_id=registration.id, arrived=False, at=now, by=door.by))
    return registration


async def log_of(db: AsyncSession, *, registration: Registration) -> list[CheckIn]:
    """Give what happened at the door, oldest first."""
    found = await db.scalars(
        select(CheckIn).where(CheckIn.registration_id == registration.id).order_by(CheckIn.at)
    )
    return list(found)


async def _shown(db: AsyncSession, shown: str, door: Door) -> Registration:
    """Find whose code it is, and lock the webinar, so that no cancellation comes in between."""
    shown = unicodedata.normalize("NFKC", shown).strip()  # typed wide on a Chinese keyboard
    prefix, _, signed = shown.partition(".")
    code, _, signature = signed.partition(".")
    typed = re.sub(r"[\s-]", "", shown).upper()
    if prefix != PREFIX and not _TYPED.fullmatch(typed):
        raise CheckInUnknown
    wanted = Registration.code == (code if prefix == PREFIX else typed)
    found = await db.scalar(select(Registration).where(wanted))
    if found is None:
        raise CheckInUnknown
    right = _signature(found, door.index).encode()
    if prefix == PREFIX and not hmac.compare_digest(signature.encode(), right):
        raise CheckInUnknown
    if door.webinar_id is not None and found.webinar_id != door.webinar_id:
        raise CheckInElsewhere
    await seats.locked(db, webinar_id=found.webinar_id)
    await db.refresh(found)
    return found


def _signature(registration: Registration, index: BlindIndex) -> str:
    about = "registrations.check_in"
    signed = index.of(f"{registration.id}:{registration.code}", about=about)
    return base64.urlsafe_b64encode(signed).decode().rstrip("=")
