"""Taking cards and channels back at once, whatever the pack says; and saying who is real instead.

Printed codes go on working: they lead to the card's page, which tells.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import ContactCard, ContactChannel
from services import revisions
from services.contact_cards import cards, pictures
from services.contact_cards.refusals import ContactChannelNotFound, SuccessorUnfit


async def withdraw(db: AsyncSession, *, slug: str, key: str = "", now: datetime) -> None:
    """Take back a card, or one channel of it: gone everywhere within 250 ms of the commit.

    Its pictures are erased.

    Raises:
        ContactCardNotFound, ContactChannelNotFound
    """
    card = await cards.by_slug(db, slug=slug)
    taken = await _channel(db, card, key) if key else card
    for channel_id in [taken.id] if key else await _channel_ids(db, card):
        await pictures.end(db, channel_id=channel_id, now=now)
    taken.withdrawn_at = taken.withdrawn_at or now
    await revisions.bump(db)


async def restore(db: AsyncSession, *, slug: str, key: str = "") -> None:
    """Offer a card, or a channel, again. A picture has to be put in anew.

    Raises:
        ContactCardNotFound, ContactChannelNotFound
    """
    card = await cards.by_slug(db, slug=slug)
    if key:
        channel = await _channel(db, card, key)
        channel.withdrawn_at = None
    else:
        card.withdrawn_at = card.replaced_by_id = None
    await revisions.bump(db)


async def replace(db: AsyncSession, *, slug: str, successor: str, now: datetime) -> None:
    """Put one card in another's place: the old one's code then says so and shows who is real.

    Raises:
        ContactCardNotFound, SuccessorUnfit: it is no longer valid, or the very same.
    """
    card = await cards.by_slug(db, slug=slug)
    real = await cards.by_slug(db, slug=successor)
    if real.id == card.id or real.retired or real.withdrawn_at is not None:
        raise SuccessorUnfit(successor=successor)
    await withdraw(db, slug=slug, now=now)
    card.replaced_by_id = real.id


async def _channel_ids(db: AsyncSession, card: ContactCard) -> list[UUID]:
    """Give all channels, with those that a pack has dropped: it may name them again."""
    asked = select(ContactChannel.id).where(ContactChannel.card_id == card.id)
    return list(await db.scalars(asked.order_by(ContactChannel.id)))


async def _channel(db: AsyncSession, card: ContactCard, key: str) -> ContactChannel:
    known = await cards.channels(db, card=card)
    for channel in known:
        if channel.key == key:
            return channel
    raise ContactChannelNotFound(card=card.slug, keys=", ".join(item.key for item in known))
