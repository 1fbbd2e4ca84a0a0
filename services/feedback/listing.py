"""A visitor's own feedback, some at a time."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from models import Consultation, FeedbackItem, FeedbackVersion
from services.feedback import answers, attachments, rounds
from services.feedback.refusals import FeedbackNotFound
from services.feedback.standings import Standing

MOST = 100
"""Items given at once."""


@dataclass(frozen=True)
class Part:
    """Some items, and the receipt to go on after; None at the end."""

    items: list[Standing]
    next: str | None


async def of_visitor(
    db: AsyncSession,
    *,
    visitor_id: UUID,
    now: datetime,
    after: str | None = None,
    limit: int = MOST,
) -> Part:
    """Give what a visitor sent under their login, withdrawn too, newest first.

    `after` is the receipt the part before ended with. What is sent meanwhile shifts nothing.

    Raises:
        FeedbackNotFound: the visitor has no item with the receipt `after`.
    """
    asked = (
        select(FeedbackItem, FeedbackVersion, Consultation)
        .join(
            FeedbackVersion,
            and_(
                FeedbackVersion.item_id == FeedbackItem.id,
                FeedbackVersion.ordinal == FeedbackItem.versions,
            ),
        )
        .join(Consultation, Consultation.id == FeedbackItem.consultation_id)
        .where(FeedbackItem.visitor_id == visitor_id)
        .order_by(FeedbackItem.submitted_at.desc(), FeedbackItem.receipt.desc())
        .limit(limit + 1)
    )
    if after is not None:
        place = await _place(db, visitor_id, after)
        asked = asked.where(tuple_(FeedbackItem.submitted_at, FeedbackItem.receipt) < place)
    rows = (await db.execute(asked)).all()
    shown = rows[:limit]
    ids = [item.id for item, _, _ in shown]
    files = await attachments.of_items(db, item_ids=ids)
    answered = await answers.published(db, item_ids=ids)
    items = [
        Standing(
            item,
            version,
            changeable=item.withdrawn_at is None and rounds.is_open(consultation, now),
            attachments=files.get(item.id, []),
            answer=answered.get(item.id),
        )
        for item, version, consultation in shown
    ]
    return Part(items, next=items[-1].item.receipt if len(rows) > limit else None)


async def _place(db: AsyncSession, visitor_id: UUID, receipt: str) -> tuple[datetime, str]:
    found = await db.scalar(
        select(FeedbackItem.submitted_at).where(
            FeedbackItem.receipt == receipt, FeedbackItem.visitor_id == visitor_id
        )
    )
    if found is None:
        raise FeedbackNotFound
    return found, receipt
