"""What is left when no answer can be sent: why, and by which other way a visitor may be reached."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import Conversation, Registration, Visitor, Webinar
from models.vocabulary import Account, RegistrationState
from services.conversations import quota
from services.notices import permits
from services.registrations import ContactSafe, PersonalContact


class Reason(StrEnum):
    """Why no answer can be sent."""

    LEFT = "left"
    """They follow the official account no more."""

    SILENT = "silent"
    """They have never done anything that lets us write."""

    USED_UP = "used_up"
    """All messages of the window are sent."""

    OVER = "over"
    """Its time is over."""


@dataclass(frozen=True)
class Way:
    """A contact that a visitor gave when they registered."""

    contact: PersonalContact
    webinar: Webinar
    registration: Registration


@dataclass(frozen=True)
class Card:
    """What can be done for a visitor whom no answer reaches."""

    reason: Reason
    permits: int
    """Subscribe messages they have allowed; those are for what they were allowed for."""

    ways: Sequence[Way]
    """Newest registration first; each contact once."""


async def card(
    db: AsyncSession, *, conversation: Conversation, safe: ContactSafe, now: datetime
) -> Card | None:
    """Give what can be done; None while an answer can be sent."""
    if quota.standing(conversation, now=now).left:
        return None
    visitor = await _visitor(db, conversation)
    if visitor is None:
        return Card(_reason(conversation, now), permits=0, ways=())
    counts = await permits.counts(db, visitor_id=visitor.id)
    ways = await _ways(db, visitor, safe)
    return Card(_reason(conversation, now), permits=sum(counts.values()), ways=ways)


def _reason(conversation: Conversation, now: datetime) -> Reason:
    if conversation.following is False:
        return Reason.LEFT
    if conversation.window_closes_at is None:
        return Reason.SILENT
    return Reason.USED_UP if now < conversation.window_closes_at else Reason.OVER


async def _visitor(db: AsyncSession, conversation: Conversation) -> Visitor | None:
    ours = conversation.account is Account.OFFICIAL_ACCOUNT
    openid = Visitor.oa_openid if ours else Visitor.mp_openid
    found: Visitor | None = await db.scalar(select(Visitor).where(openid == conversation.openid))
    return found


async def _ways(db: AsyncSession, visitor: Visitor, safe: ContactSafe) -> list[Way]:
    rows = await db.execute(
        select(Registration, Webinar)
        .join(Webinar, Webinar.id == Registration.webinar_id)
        .where(
            Registration.visitor_id == visitor.id,
            Registration.state != RegistrationState.CANCELLED,
        )
        .order_by(Registration.registered_at.desc(), Registration.number.desc())
    )
    found: dict[PersonalContact, Way] = {}
    for registration, webinar in rows:
        contact = safe.read(registration)
        if contact.value:
            found.setdefault(contact, Way(contact, webinar, registration))
    return list(found.values())
