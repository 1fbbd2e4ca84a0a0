"""All cards as staff see them: what each channel shows, and what they have to do about it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncSession

from models import ContactCard, ContactChannel, ContactPicture
from services.contact_cards import cards
from services.contact_cards.pictures import WARNED_BEFORE


class ChannelState(StrEnum):
    """What a channel shows."""

    OPEN = "open"
    MISSING = "missing"
    """A picture is still to be put in."""

    ENDING = "ending"
    """Its code ends within two days."""

    OVER = "over"
    """Its code has ended: WeChat would refuse it."""

    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class ShownChannel:
    """A channel, and the picture behind it."""

    channel: ContactChannel
    picture: ContactPicture | None
    state: ChannelState


@dataclass(frozen=True)
class ListedCard:
    """A card of the packs, valid or withdrawn by staff."""

    card: ContactCard
    successor: str
    """The slug of the card in its place, empty where there is none."""

    channels: list[ShownChannel]


async def overview(db: AsyncSession, *, now: datetime) -> list[ListedCard]:
    """Give all cards that the packs have, in their order."""
    known = await cards.every(db)
    slugs = {card.id: card.slug for card in known}
    listed = []
    for card in known:
        channels = await cards.channels(db, card=card)
        pictures = await cards.current_pictures(db, channels)
        shown = [_shown(channel, pictures.get(channel.id), now) for channel in channels]
        successor = slugs.get(card.replaced_by_id, "") if card.replaced_by_id else ""
        listed.append(ListedCard(card, successor, shown))
    return listed


def _shown(channel: ContactChannel, picture: ContactPicture | None, now: datetime) -> ShownChannel:
    return ShownChannel(channel, picture, _state(channel, picture, now))


def _state(channel: ContactChannel, picture: ContactPicture | None, now: datetime) -> ChannelState:
    if channel.withdrawn_at is not None:
        return ChannelState.WITHDRAWN
    if channel.kind not in cards.PICTURES:
        return ChannelState.OPEN
    if picture is None:
        return ChannelState.MISSING
    if not cards.valid(picture, now):
        return ChannelState.OVER
    return ChannelState.OPEN if cards.valid(picture, now + WARNED_BEFORE) else ChannelState.ENDING
