"""Whether a code that somebody has seen on paper is one of ours: codes get pasted over."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import ContactCard, ContactChannel, ContactPicture, WeChatCode
from services import contact_cards, short_links
from services.contact_cards import codes
from services.short_links import LinkNotFound


class Verdict(StrEnum):
    """What is known of a code."""

    OURS = "ours"
    OVER = "over"
    """It was ours and is no longer shown, or switched off."""

    UNKNOWN = "unknown"
    """We never made it: whoever sees it should be warned."""


@dataclass(frozen=True)
class Recognised:
    """A code as we know it."""

    verdict: Verdict
    leads_to: str = ""
    """The slug of our link, or of the card on which WeChat's code stands."""

    over_since: datetime | None = None


async def recognise(
    db: AsyncSession, *, text: str, bases: Iterable[str], now: datetime
) -> Recognised:
    """Tell whether what a code says is ours; `bases` are the addresses that our codes begin with.

    Only the whole address counts: names that look like ours are what forgers use.
    """
    for base in bases:
        if text.startswith(f"{base}/r/"):
            slug = text.removeprefix(f"{base}/r/").partition("?")[0]
            return await _link(db, slug, now)
    made = await db.scalar(select(WeChatCode.slug).where(WeChatCode.url == text))
    return await _link(db, made, now) if made else await _picture(db, text, now)


async def _link(db: AsyncSession, slug: str, now: datetime) -> Recognised:
    try:
        link, code = await short_links.printed(db, slug=slug)
    except LinkNotFound:
        return Recognised(Verdict.UNKNOWN)
    expired = link.expires_at is not None and now >= link.expires_at
    over = expired or link.disabled or (code is not None and code.disabled)
    return Recognised(Verdict.OVER if over else Verdict.OURS, link.slug)


async def _picture(db: AsyncSession, text: str, now: datetime) -> Recognised:
    row = await db.execute(
        select(ContactPicture, ContactCard.slug)
        .join(ContactChannel, ContactChannel.id == ContactPicture.channel_id)
        .join(ContactCard, ContactCard.id == ContactChannel.card_id)
        .where(ContactPicture.code_sha256 == codes.digest(text))
        .order_by(ContactPicture.ended_at.is_not(None), ContactPicture.added_at.desc())
        .limit(1)
    )
    found = row.one_or_none()
    if found is None:
        return Recognised(Verdict.UNKNOWN)
    picture, slug = found
    if picture.ended_at is None and contact_cards.valid(picture, now):
        return Recognised(Verdict.OURS, slug)
    return Recognised(Verdict.OVER, slug, picture.ended_at or picture.valid_until)
