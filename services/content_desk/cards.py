"""Contact cards at the desk: channels on and off, new values, new pictures, a card in its place."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import ContactCard, ContactChannel
from models.vocabulary import ContactKind, Language
from services import consultations, contact_cards, working_hours
from services.contact_cards import ContactChannelNotFound, ListedCard, pictures
from services.contact_cards.codes import Cut
from services.content.pack_contacts import e164
from services.content_desk import deeds, uses
from services.content_desk.deeds import By
from services.content_desk.refusals import ContactValueUnfit, StillNeeded

_WECHAT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{3,63}")
"""WeChat's own have 6 to 20 characters; the number of a phone is one too."""

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
LONGEST = 200


@dataclass(frozen=True)
class Which:
    """A card, or one channel of it."""

    slug: str
    key: str = ""
    """Empty for the card."""


@dataclass(frozen=True)
class Hours:
    """When somebody answers, as the card's page says it."""

    words: str
    own: bool
    """Whether they are the card's own words."""

    open_now: bool | None
    """None where the words are the card's own."""


async def one(db: AsyncSession, *, slug: str, now: datetime) -> ListedCard:
    """Give one card of the packs.

    Raises:
        ContactCardNotFound
    """
    for listed in await contact_cards.overview(db, now=now):
        if listed.card.slug == slug:
            return listed
    raise contact_cards.ContactCardNotFound


async def hours(
    db: AsyncSession, *, card: ContactCard, language: Language, now: datetime
) -> Hours | None:
    """Give a card's hours, None while nobody has told any."""
    if card.hours is not None:
        return Hours(card.hours.text(language), own=True, open_now=None)
    announced = await consultations.rounds(db, now=now)
    told = await working_hours.of_round(db, consultation_id=announced[0].id) if announced else None
    if told is None:
        return None
    standing = working_hours.standing(told, now, language)
    return Hours(standing.text, own=False, open_now=standing.is_open)


async def set_value(
    db: AsyncSession, which: Which, *, value: str, seen: str, by: By
) -> ContactChannel:
    """Give a channel another number, id or address.

    Raises:
        ContactCardNotFound, ContactChannelNotFound, ContentChanged, ContactValueUnfit
    """
    channel = await _locked(db, which)
    former = state_of(channel)
    deeds.require_seen(former, seen)
    if isinstance(channel, ContactCard) or channel.kind in contact_cards.PICTURES:
        raise ContactChannelNotFound(card=which.slug, keys="–")
    channel.value = _fit(channel.kind, value.strip())
    if deeds.changed(former, state_of(channel)):
        await _record(db, "contact_changed", which, by=by)
    return channel


async def withdraw(
    db: AsyncSession, which: Which, *, seen: str, sure: bool = False, by: By
) -> None:
    """Take a card or a channel back at once. A card that is needed goes only if somebody is sure.

    Raises:
        ContactCardNotFound, ContactChannelNotFound, ContentChanged, StillNeeded
    """
    taken = await _locked(db, which)
    deeds.require_seen(state_of(taken), seen)
    needing = [] if which.key else await uses.of_card(db, slug=which.slug, now=by.now)
    if needing and not sure:
        raise StillNeeded(needing)
    await contact_cards.withdraw(db, slug=which.slug, key=which.key, now=by.now)
    await _record(db, "contact_withdrawn", which, by=by)


async def restore(db: AsyncSession, which: Which, *, seen: str, by: By) -> None:
    """Offer a card or a channel again; a picture has to be put in anew.

    Raises:
        ContactCardNotFound, ContactChannelNotFound, ContentChanged
    """
    deeds.require_seen(state_of(await _locked(db, which)), seen)
    await contact_cards.restore(db, slug=which.slug, key=which.key)
    await _record(db, "contact_restored", which, by=by)


async def replace_by(db: AsyncSession, *, slug: str, successor: str, seen: str, by: By) -> None:
    """Let a card's printed code say that another one is real now.

    Raises:
        ContactCardNotFound, ContentChanged, SuccessorUnfit
    """
    which = Which(slug)
    deeds.require_seen(state_of(await _locked(db, which)), seen)
    await contact_cards.replace(db, slug=slug, successor=successor, now=by.now)
    await _record(db, "contact_replaced", which, by=by, successor=successor)


async def put_picture(
    db: AsyncSession, which: Which, *, cut: Cut, valid_until: datetime | None, by: By
) -> None:
    """Show a WeChat code from now on; the one before ends.

    Raises:
        ContactCardNotFound, ContactChannelNotFound, PictureTimeUnfit
    """
    card = await contact_cards.by_slug(db, slug=which.slug)
    channel = await pictures.channel(db, card=card, key=which.key)
    added = await pictures.put(db, channel=channel, cut=cut, valid_until=valid_until, now=by.now)
    await _record(db, "contact_picture", which, by=by, version=str(added.version))


def state_of(row: ContactCard | ContactChannel) -> Mapping[str, object]:
    """Give what the page shows of a card or a channel and lets change."""
    if isinstance(row, ContactCard):
        return {"withdrawn_at": row.withdrawn_at, "replaced_by": str(row.replaced_by_id)}
    return {"value": row.value, "withdrawn_at": row.withdrawn_at}


def _fit(kind: ContactKind, value: str) -> str:
    """Give a value as it is kept: phones in E.164."""
    fits = len(value) <= LONGEST
    if kind is ContactKind.PHONE:
        try:
            return e164(value)
        except ValueError as error:
            raise ContactValueUnfit(field="value") from error
    pattern = _EMAIL if kind is ContactKind.EMAIL else _WECHAT_ID
    if not (fits and pattern.fullmatch(value)):
        raise ContactValueUnfit(field="value")
    return value


async def _locked(db: AsyncSession, which: Which) -> ContactCard | ContactChannel:
    card = await contact_cards.by_slug(db, slug=which.slug)
    locking: Select[Any]
    if which.key:
        locking = select(ContactChannel).where(
            ContactChannel.card_id == card.id,
            ContactChannel.key == which.key,
            ContactChannel.retired.is_(False),
        )
    else:
        locking = select(ContactCard).where(ContactCard.id == card.id)
    found: ContactCard | ContactChannel | None = await db.scalar(
        locking.with_for_update().execution_options(populate_existing=True)
    )
    if found is None:
        raise ContactChannelNotFound(card=which.slug, keys="–")
    return found


async def _record(db: AsyncSession, act: str, which: Which, *, by: By, **details: str) -> None:
    told = details | ({"channel": which.key} if which.key else {})
    await deeds.record(db, act, subject=f"contact_card/{which.slug}", by=by, details=told)
