"""The pictures behind contact channels: put in, shown, at their end."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import undefer

from models import ContactCard, ContactChannel, ContactPicture
from services import revisions
from services.contact_cards import cards
from services.contact_cards.codes import Cut
from services.contact_cards.refusals import (
    ContactCardWithdrawn,
    ContactChannelNotFound,
    ContactPictureNotFound,
    ContactPictureOver,
    PictureTimeUnfit,
)
from services.errors import Refusal

WARNED_BEFORE = timedelta(days=2)
"""How long before a code ends staff are told."""


async def channel(db: AsyncSession, *, card: ContactCard, key: str = "") -> ContactChannel:
    """Give the channel that a picture is for: the named one, else the card's only one.

    Raises:
        ContactChannelNotFound: with the keys to choose from.
    """
    known = await cards.channels(db, card=card)
    fitting = [item for item in known if item.kind in cards.PICTURES and key in {"", item.key}]
    if len(fitting) != 1:
        keys = ", ".join(item.key for item in known if item.kind in cards.PICTURES)
        raise ContactChannelNotFound(card=card.slug, keys=keys or "–")
    return fitting[0]


async def put(
    db: AsyncSession,
    *,
    channel: ContactChannel,
    cut: Cut,
    valid_until: datetime | None = None,
    now: datetime,
) -> ContactPicture:
    """Show a picture from now on; the one before ends. The same one again changes its time only.

    Opens a channel that was withdrawn, and locks its row: two pictures put in at once follow one
    another. Acts in every process within 250 ms of the commit.

    Raises:
        PictureTimeUnfit
    """
    ends_at = _ends_at(cut, valid_until, now)
    await _lock(db, channel.id)
    current = await _current(db, channel.id)
    if current is None or current.sha256 != cut.sha256:
        await end(db, channel_id=channel.id, now=now)
        current = await _add(db, channel.id, cut=cut, now=now)
    current.valid_until, current.warned_at = ends_at, None
    channel.withdrawn_at = None
    await revisions.bump(db)
    return current


async def shown(db: AsyncSession, *, sha256: str, now: datetime) -> bytes:
    """Give a picture's bytes, as long as its card shows it.

    Raises:
        ContactPictureNotFound, ContactPictureOver, ContactCardWithdrawn
    """
    rows = await db.execute(
        select(ContactPicture, ContactChannel, ContactCard)
        .join(ContactChannel, ContactChannel.id == ContactPicture.channel_id)
        .join(ContactCard, ContactCard.id == ContactChannel.card_id)
        .where(ContactPicture.sha256 == sha256)
        # One picture may have been shown, ended, and be shown again; two cards may show the same.
        .order_by(ContactPicture.ended_at.is_not(None), ContactPicture.added_at.desc())
        .options(undefer(ContactPicture.content))
    )
    first: Refusal | None = None
    for picture, channel, card in rows:
        against = _against(picture, at=(channel, card), now=now)
        if against is None and picture.content is not None:
            content: bytes = picture.content
            return content
        first = first or against
    raise first or ContactPictureNotFound


def _against(
    picture: ContactPicture, *, at: tuple[ContactChannel, ContactCard], now: datetime
) -> Refusal | None:
    channel, card = at
    if card.retired or card.withdrawn_at is not None:
        return ContactCardWithdrawn()
    closed = channel.retired or channel.withdrawn_at is not None
    if closed or picture.content is None or not cards.valid(picture, now):
        return ContactPictureOver()
    return None


async def end(db: AsyncSession, *, channel_id: UUID, now: datetime) -> None:
    """End what a channel shows, and erase the picture. Locks the channel's row."""
    await _lock(db, channel_id)
    current = await _current(db, channel_id)
    if current is not None:
        current.content, current.ended_at = None, now
        await db.flush()


async def ending(db: AsyncSession, *, now: datetime) -> list[tuple[ContactPicture, str]]:
    """Give the pictures on valid cards that end within two days or have, with their cards' slugs.

    Those that end first come first.
    """
    found = await db.execute(
        select(ContactPicture, ContactCard.slug)
        .join(ContactChannel, ContactChannel.id == ContactPicture.channel_id)
        .join(ContactCard, ContactCard.id == ContactChannel.card_id)
        .where(
            ContactPicture.ended_at.is_(None),
            ContactPicture.valid_until <= now + WARNED_BEFORE,
            ContactChannel.retired.is_(False),
            ContactCard.retired.is_(False),
            ContactCard.withdrawn_at.is_(None),
        )
        .order_by(ContactPicture.valid_until, ContactPicture.id)
    )
    return [(picture, slug) for picture, slug in found]


async def instants(db: AsyncSession) -> list[datetime]:
    """Give the instants at which codes end, in no order."""
    found = await db.scalars(
        select(ContactPicture.valid_until).where(
            ContactPicture.ended_at.is_(None), ContactPicture.valid_until.is_not(None)
        )
    )
    return [instant for instant in found if instant is not None]


def _ends_at(cut: Cut, valid_until: datetime | None, now: datetime) -> datetime | None:
    latest = now + cut.lasts if cut.lasts else None
    ends_at = valid_until or latest
    if ends_at is not None and (ends_at <= now or (latest is not None and ends_at > latest)):
        raise PictureTimeUnfit
    return ends_at


async def _lock(db: AsyncSession, channel_id: UUID) -> None:
    await db.execute(
        select(ContactChannel.id).where(ContactChannel.id == channel_id).with_for_update()
    )


async def _current(db: AsyncSession, channel_id: UUID) -> ContactPicture | None:
    found: ContactPicture | None = await db.scalar(
        select(ContactPicture)
        .where(ContactPicture.channel_id == channel_id, ContactPicture.ended_at.is_(None))
        .options(undefer(ContactPicture.content))
    )
    return found


async def _add(db: AsyncSession, channel_id: UUID, *, cut: Cut, now: datetime) -> ContactPicture:
    last = await db.scalar(
        select(func.max(ContactPicture.version)).where(ContactPicture.channel_id == channel_id)
    )
    added = ContactPicture(
        channel_id=channel_id,
        version=(last or 0) + 1,
        sha256=cut.sha256,
        code_sha256=cut.code_sha256,
        content=cut.content,
        added_at=now,
    )
    db.add(added)
    await db.flush()
    return added
