"""Canned replies: what is answered often, found by a word, filled in with what holds today."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from models import CannedReply, StaffAccount
from models.vocabulary import Language
from services import audit, placeholders
from services.conversations import keywords, rulebooks
from services.inbox import patterns
from services.inbox.refusals import CannedReplyNotFound, CannedReplyTaken, CannedReplyUnfit

MOST = 50
"""Replies shown at once; more are found by a word."""


async def found(db: AsyncSession, *, word: str = "") -> list[CannedReply]:
    """Give the replies whose title or text has a word in it, by title."""
    asked = select(CannedReply).order_by(CannedReply.title).limit(MOST)
    if word:
        columns = (CannedReply.title, CannedReply.text)
        asked = asked.where(or_(*(patterns.contains(column, word) for column in columns)))
    return list(await db.scalars(asked))


async def one(db: AsyncSession, *, reply_id: UUID) -> CannedReply:
    """Give a reply.

    Raises:
        CannedReplyNotFound
    """
    reply = await db.get(CannedReply, reply_id)
    if reply is None:
        raise CannedReplyNotFound
    return reply


async def filled(
    db: AsyncSession, *, reply_id: UUID, link: Callable[[str], str], now: datetime
) -> str:
    """Give a reply's text as it is to be sent now, in the language it is written in.

    Raises:
        CannedReplyNotFound
    """
    text = (await one(db, reply_id=reply_id)).text
    language = Language.EN if keywords.is_english(text) else Language.ZH
    fill = await rulebooks.filler(db, now=now, link=link, language=language)
    return fill(text)


async def add(
    db: AsyncSession, *, title: str, text: str, staff: StaffAccount, now: datetime
) -> None:
    """Keep a new reply.

    Raises:
        CannedReplyTaken, CannedReplyUnfit
    """
    _require_fit(text)
    reply = CannedReply(title=title, text=text, changed_at=now)
    db.add(reply)
    await _flush(db)
    await _record(db, staff, "reply_added", about=reply.id, now=now)


async def change(
    db: AsyncSession, *, reply_id: UUID, title: str, text: str, staff: StaffAccount, now: datetime
) -> None:
    """Give a reply another title and text.

    Raises:
        CannedReplyNotFound, CannedReplyTaken, CannedReplyUnfit
    """
    _require_fit(text)
    reply = await one(db, reply_id=reply_id)
    reply.title, reply.text, reply.changed_at = title, text, now
    await _flush(db)
    await _record(db, staff, "reply_changed", about=reply.id, now=now)


async def remove(db: AsyncSession, *, reply_id: UUID, staff: StaffAccount, now: datetime) -> None:
    """Take a reply away; what was answered with it stays as it was sent.

    Raises:
        CannedReplyNotFound
    """
    await db.delete(await one(db, reply_id=reply_id))
    await db.flush()
    await _record(db, staff, "reply_removed", about=reply_id, now=now)


def _require_fit(text: str) -> None:
    """Make sure that every placeholder is one that can be filled in."""
    for name, slug in placeholders.found(text):
        known = name in (placeholders.WITH_SLUG if slug else placeholders.PLAIN)
        if not known:
            raise CannedReplyUnfit
    if placeholders.misspelt(text):
        raise CannedReplyUnfit


async def _flush(db: AsyncSession) -> None:
    try:
        await db.flush()
    except IntegrityError as error:
        raise CannedReplyTaken from error


async def _record(
    db: AsyncSession, staff: StaffAccount, act: str, *, about: UUID, now: datetime
) -> None:
    await audit.record(
        db, actor=staff.login, act=f"inbox.{act}", subject=f"canned_reply/{about}", now=now
    )
