"""Drafts: what a visitor has begun to write, to be gone on with on another phone.

A program names the revision it goes on from. Who goes on from an older one than the newest does
not overwrite it. Anonymous feedback has no drafts: they belong to a login.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import Consultation, FeedbackDraft, Visitor
from services import consultations
from services.feedback import rounds
from services.feedback.refusals import DraftChanged, DraftNotFound, TooManyDrafts

MOST = 20
"""Drafts of one visitor."""


@dataclass(frozen=True)
class Saving:
    """What is to be saved, and what it goes on from."""

    draft_id: UUID
    base: int
    """The revision it was made from; 0 for a new draft."""

    content: dict[str, Any]


async def save(
    db: AsyncSession, *, visitor_id: UUID, saving: Saving, now: datetime
) -> FeedbackDraft:
    """Save a draft; saving the same again after its answer was lost changes nothing.

    Raises:
        ConsultationNotFound, RoundNotOpen, RoundClosed, DraftChanged, TooManyDrafts
        DraftNotFound: it was sent or thrown away meanwhile, and must not come back.
    """
    consultation = await consultations.current(db, now=now)
    rounds.require_open(consultation, now)
    # Two phones that save a visitor's drafts do so one after the other.
    await db.get_one(Visitor, visitor_id, with_for_update={"key_share": True})
    known = await db.get(FeedbackDraft, (visitor_id, saving.draft_id), populate_existing=True)
    if known is None:
        return await _begin(db, visitor_id, saving, consultation=consultation, now=now)
    if known.revision == saving.base + 1 and known.content == saving.content:
        return known
    if known.revision != saving.base:
        raise DraftChanged
    known.revision += 1
    known.saved_at = now
    known.content = saving.content
    known.consultation_id = consultation.id
    return known


async def of_visitor(db: AsyncSession, *, visitor_id: UUID) -> list[FeedbackDraft]:
    """Give a visitor's drafts, the one saved last first."""
    found = await db.scalars(
        select(FeedbackDraft)
        .where(FeedbackDraft.visitor_id == visitor_id)
        .order_by(FeedbackDraft.saved_at.desc(), FeedbackDraft.id)
    )
    return list(found)


async def discard(db: AsyncSession, *, visitor_id: UUID, draft_id: UUID) -> None:
    """Throw a draft away; nothing happens where there is none."""
    await db.execute(
        delete(FeedbackDraft).where(
            FeedbackDraft.visitor_id == visitor_id, FeedbackDraft.id == draft_id
        )
    )


async def forget_closed(db: AsyncSession, *, now: datetime) -> None:
    """Take away the drafts of rounds that have closed: nobody can send them any more."""
    closed = select(Consultation.id).where(Consultation.closes_at <= now)
    await db.execute(delete(FeedbackDraft).where(FeedbackDraft.consultation_id.in_(closed)))


async def export(db: AsyncSession, *, visitor_id: UUID) -> list[dict[str, Any]]:
    """Give all drafts of a visitor, for them to keep."""
    return [
        {"id": str(draft.id), "saved_at": draft.saved_at.isoformat(), "content": draft.content}
        for draft in await of_visitor(db, visitor_id=visitor_id)
    ]


async def erase(db: AsyncSession, *, visitor_id: UUID) -> None:
    """Take all drafts of a visitor away."""
    await db.execute(delete(FeedbackDraft).where(FeedbackDraft.visitor_id == visitor_id))


async def _begin(
    db: AsyncSession,
    visitor_id: UUID,
    saving: Saving,
    *,
    consultation: Consultation,
    now: datetime,
) -> FeedbackDraft:
    if saving.base:
        raise DraftNotFound
    own = select(func.count()).where(FeedbackDraft.visitor_id == visitor_id)
    if (await db.scalar(own) or 0) >= MOST:
        raise TooManyDrafts(limit=MOST)
    draft = FeedbackDraft(
        visitor_id=visitor_id,
        id=saving.draft_id,
        consultation_id=consultation.id,
        revision=1,
        saved_at=now,
        content=saving.content,
    )
    db.add(draft)
    return draft
