"""Reading contact cards: who can be reached, and by which channels, at this moment."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import ContactCard, ContactChannel, ContactPicture
from models.vocabulary import ContactKind
from services.contact_cards.refusals import (
    ContactCardNotFound,
    ContactCardReplaced,
    ContactCardWithdrawn,
)

PICTURES = frozenset({ContactKind.WECHAT_PICTURE, ContactKind.WECHAT_GROUP})
"""The kinds of channel that are a picture, so they have no value."""


@dataclass(frozen=True)
class Contact:
    """A card with the channels that are open now, in the pack's order."""

    card: ContactCard
    channels: list[ContactChannel]
    pictures: Mapping[UUID, ContactPicture] = field(default_factory=dict)
    """By channel. WeChat may refuse their codes by now: see `picture`."""

    def of_kind(self, kind: ContactKind) -> list[ContactChannel]:
        """Give the channels of a kind that have a value."""
        return [channel for channel in self.channels if channel.kind == kind and channel.value]

    def first_value(self, kind: ContactKind) -> str:
        """Give the first value of a kind, empty where there is none."""
        return next((channel.value or "" for channel in self.of_kind(kind)), "")

    def picture(self, channel: ContactChannel, now: datetime) -> ContactPicture | None:
        """Give the picture of a channel while WeChat takes its code."""
        known = self.pictures.get(channel.id)
        return known if known is not None and valid(known, now) else None


@dataclass(frozen=True)
class Standing:
    """What somebody is to see who scans a card's code, whatever has become of the card."""

    card: ContactCard
    contact: Contact | None
    """None where the card is no longer valid."""

    successor: Contact | None
    """The card that took its place."""

    real: list[Contact]
    """Whose numbers a reader may compare: the card's own, or the successor's, comes first."""


def valid(picture: ContactPicture, now: datetime) -> bool:
    """Tell whether WeChat takes the code of a picture that has not ended."""
    return picture.valid_until is None or now < picture.valid_until


async def contacts(db: AsyncSession) -> list[Contact]:
    """Give all valid cards in the pack's order; they belong to no one round."""
    return await _contacts(db, _valid())


async def contact(db: AsyncSession, *, slug: str) -> Contact:
    """Give one card.

    Raises:
        ContactCardNotFound, ContactCardWithdrawn, ContactCardReplaced
    """
    found = await standing(db, slug=slug)
    if found.successor is not None:
        raise ContactCardReplaced(successor=found.successor.card.slug)
    if found.contact is None:
        raise ContactCardWithdrawn
    return found.contact


async def standing(db: AsyncSession, *, slug: str) -> Standing:
    """Tell what has become of a card.

    Raises:
        ContactCardNotFound
    """
    card = await by_slug(db, slug=slug)
    known = {found.card.id: found for found in await contacts(db)}
    successor = await _successor(db, card, known)
    own = known.get(card.id)
    first = own or successor
    reachable = [found for found in known.values() if found.of_kind(ContactKind.PHONE)]
    return Standing(
        card=card,
        contact=own,
        successor=successor,
        real=sorted(reachable, key=lambda found: found is not first),
    )


async def by_slug(db: AsyncSession, *, slug: str) -> ContactCard:
    """Give a card, whatever has become of it.

    Raises:
        ContactCardNotFound
    """
    card = await db.scalar(select(ContactCard).where(ContactCard.slug == slug))
    if card is None:
        raise ContactCardNotFound
    return card


async def every(db: AsyncSession) -> list[ContactCard]:
    """Give all cards of the packs in their order, those that staff have withdrawn too."""
    cards = select(ContactCard).where(ContactCard.retired.is_(False))
    return list(await db.scalars(cards.order_by(ContactCard.position, ContactCard.slug)))


async def channels(db: AsyncSession, *, card: ContactCard) -> list[ContactChannel]:
    """Give all channels of a card in the pack's order, those that staff have withdrawn too."""
    found = await db.scalars(
        select(ContactChannel)
        .where(ContactChannel.card_id == card.id, ContactChannel.retired.is_(False))
        .order_by(ContactChannel.position)
    )
    return list(found)


async def _successor(
    db: AsyncSession, card: ContactCard, known: Mapping[UUID, Contact]
) -> Contact | None:
    """Follow a card to the one that is real now; a card may have been replaced more than once."""
    seen = {card.id}
    following = card.replaced_by_id
    while following is not None and following not in known and following not in seen:
        seen.add(following)
        found = await db.get(ContactCard, following)
        following = found.replaced_by_id if found else None
    return known.get(following) if following is not None else None


async def _contacts(db: AsyncSession, query: Select[ContactCard]) -> list[Contact]:
    cards = list(await db.scalars(query))
    found = await db.scalars(
        select(ContactChannel)
        .where(
            ContactChannel.card_id.in_([card.id for card in cards]),
            ContactChannel.retired.is_(False),
            ContactChannel.withdrawn_at.is_(None),
        )
        .order_by(ContactChannel.position)
    )
    opened = list(found)
    pictures = await current_pictures(db, opened)
    return [_contact(card, opened, pictures) for card in cards]


def _contact(
    card: ContactCard,
    opened: Sequence[ContactChannel],
    pictures: Mapping[UUID, ContactPicture],
) -> Contact:
    own = [channel for channel in opened if channel.card_id == card.id]
    shown = {channel.id: pictures[channel.id] for channel in own if channel.id in pictures}
    return Contact(card=card, channels=own, pictures=shown)


async def current_pictures(
    db: AsyncSession, channels: Iterable[ContactChannel]
) -> dict[UUID, ContactPicture]:
    """Give the pictures of channels that have not ended, by channel, without their bytes."""
    wanted = [channel.id for channel in channels if channel.kind in PICTURES]
    if not wanted:
        return {}
    found = await db.scalars(
        select(ContactPicture).where(
            ContactPicture.channel_id.in_(wanted), ContactPicture.ended_at.is_(None)
        )
    )
    return {picture.channel_id: picture for picture in found}


def _valid() -> Select[ContactCard]:
    return (
        select(ContactCard)
        .where(ContactCard.retired.is_(False), ContactCard.withdrawn_at.is_(None))
        .order_by(ContactCard.position, ContactCard.slug)
    )
