"""Answers, as far as others than those at the desk may know them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models import FeedbackAnswer, FeedbackItem, Synopsis
from models.bilingual import Bilingual
from services import revisions

_UNREDACTED = dict.fromkeys(("public_text", "redaction_reason", "redacted_version"))


@dataclass(frozen=True)
class PublishedAnswer:
    """What the sender of an item is told, once the answers of its round are published."""

    disposition: str
    response: Bilingual
    published_at: datetime


async def published(db: AsyncSession, *, item_ids: Iterable[UUID]) -> dict[UUID, PublishedAnswer]:
    """Give the answers to items, as far as they are published."""
    rows = await db.execute(
        select(FeedbackAnswer, Synopsis.published_at)
        .join(FeedbackItem, FeedbackItem.id == FeedbackAnswer.item_id)
        .join(Synopsis, Synopsis.consultation_id == FeedbackItem.consultation_id)
        .where(FeedbackAnswer.item_id.in_(list(item_ids)), FeedbackItem.withdrawn_at.is_(None))
    )
    return {
        answer.item_id: PublishedAnswer(answer.disposition, answer.response, published_at)
        for answer, published_at in rows
        if answer.disposition and answer.response
    }


async def forget_texts(db: AsyncSession, *, item: FeedbackItem) -> None:
    """Take away what repeats an item's text: its redaction, and what those at the desk noted."""
    await db.execute(
        update(FeedbackAnswer)
        .where(FeedbackAnswer.item_id == item.id)
        .values(note=None, **_UNREDACTED)
    )
    await show_anew(db, item=item)


async def keep_redaction(db: AsyncSession, *, item: FeedbackItem) -> None:
    """Let the redaction of an item's last text count for its last version, which repeats it."""
    await db.execute(
        update(FeedbackAnswer)
        .where(
            FeedbackAnswer.item_id == item.id,
            FeedbackAnswer.redacted_version == item.versions - 1,
        )
        .values(redacted_version=item.versions)
    )
    await show_anew(db, item=item)


async def show_anew(db: AsyncSession, *, item: FeedbackItem) -> bool:
    """Have prepared pages forgotten if what changed of an item is public; tell whether it is."""
    is_public = await db.get(Synopsis, item.consultation_id) is not None
    if is_public:
        await revisions.bump(db)
    return is_public
