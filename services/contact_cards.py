"""Contact cards: people to talk to, and their entry for an address book."""

from dataclasses import dataclass

import vobject
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import ContactCard, ContactChannel
from models.vocabulary import ContactKind, Language
from services.errors import Gone, NotFound


class ContactCardNotFound(NotFound):
    """There is no such contact card."""

    code = "contact_card_not_found"


class ContactCardWithdrawn(Gone):
    """The contact card is no longer valid."""

    code = "contact_card_withdrawn"


@dataclass(frozen=True)
class Contact:
    """A card with the channels that are open now, in the pack's order."""

    card: ContactCard
    channels: list[ContactChannel]

    def of_kind(self, kind: ContactKind) -> list[ContactChannel]:
        """Give the channels of a kind that have a value."""
        return [channel for channel in self.channels if channel.kind is kind and channel.value]

    def first_value(self, kind: ContactKind) -> str:
        """Give the first value of a kind, empty where there is none."""
        return next((channel.value or "" for channel in self.of_kind(kind)), "")


async def contacts(db: AsyncSession) -> list[Contact]:
    """Give all valid cards in the pack's order; they belong to no one round."""
    cards = await db.scalars(
        select(ContactCard)
        .where(ContactCard.retired.is_(False))
        .order_by(ContactCard.position, ContactCard.slug)
    )
    return [await _contact(db, card) for card in cards]


async def contact(db: AsyncSession, *, slug: str) -> Contact:
    """Give one card.

    Raises:
        ContactCardNotFound, ContactCardWithdrawn
    """
    card = await db.scalar(select(ContactCard).where(ContactCard.slug == slug))
    if card is None:
        raise ContactCardNotFound
    if card.retired:
        raise ContactCardWithdrawn
    return await _contact(db, card)


def vcard(contact: Contact, *, url: str, language: Language) -> bytes:
    """Give the card as vCard 3.0 (RFC 2426): UTF-8, escaped, folded at 75 characters."""
    card = vobject.vCard()
    name = contact.card.name.text(language)
    card.add("fn").value = name
    # A Chinese name has no parts that phones would order: it stands whole as the family name.
    card.add("n").value = vobject.vcard.Name(family=name)
    card.add("org").value = [contact.card.organisation.text(language)]
    card.add("title").value = contact.card.role.text(language)
    for channel in contact.of_kind(ContactKind.PHONE):
        phone = card.add("tel")
        phone.value = channel.value
        phone.type_param = ["CELL", "VOICE"]
    for channel in contact.of_kind(ContactKind.EMAIL):
        card.add("email").value = channel.value
    for channel in contact.of_kind(ContactKind.WECHAT_ID):
        card.add("x-wechat").value = channel.value
    card.add("url").value = url
    serialized: str = card.serialize()
    return serialized.encode()


async def _contact(db: AsyncSession, card: ContactCard) -> Contact:
    channels = await db.scalars(
        select(ContactChannel)
        .where(ContactChannel.card_id == card.id, ContactChannel.retired.is_(False))
        .order_by(ContactChannel.position)
    )
    return Contact(card=card, channels=list(channels))
