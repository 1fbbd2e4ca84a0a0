"""Erasing a visitor: who they are goes, and all that leads to them."""

from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy import Select, exists, not_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import FeedbackItem, Registration, Visitor
from models.vocabulary import ErasureReason
from services import idempotency, jobs, visitors
from services.conversations import personal as conversations
from services.errors import NotFound
from services.feedback import drafts
from services.feedback import personal as feedback
from services.notices import personal as notices
from services.registrations import personal as registrations


class VisitorNotFound(NotFound):
    """There is no such visitor, or not any more."""

    code = "visitor_not_found"


log = structlog.get_logger(__name__)


async def erase(db: AsyncSession, *, visitor_id: UUID, now: datetime) -> None:
    """Erase a visitor in one transaction; logging in afterwards makes somebody new.

    Seats are freed and the line moves up. Comments stay without anything that leads to their
    sender. Nothing else stays, and nobody can be told of it any more.

    Raises:
        VisitorNotFound: they are gone already.
    """
    asked = select(Visitor).where(Visitor.id == visitor_id).with_for_update()
    visitor = await db.scalar(asked.execution_options(populate_existing=True))
    if visitor is None:
        raise VisitorNotFound
    await registrations.erase(db, visitor_id=visitor_id, now=now)
    await conversations.erase(db, visitor_id=visitor_id, now=now)
    # It holds the head of the receipts, which is locked last.
    await feedback.erase(db, visitor_id=visitor_id, now=now)
    await forget(db, visitor=visitor, now=now)
    await jobs.enqueue(db, jobs.EMPTY_LOG, key=jobs.EMPTY_LOG)
    log.info("visitor_erased", reason=ErasureReason.REQUESTED.value)


def without_traces(until: datetime) -> Select[Visitor]:
    """Ask for visitors last seen before an instant who have sent nothing that is still theirs."""
    sent = (
        exists().where(table.visitor_id == Visitor.id) for table in (Registration, FeedbackItem)
    )
    return select(Visitor).where(Visitor.last_seen_at <= until, *(not_(one) for one in sent))


async def forget(db: AsyncSession, *, visitor: Visitor, now: datetime) -> None:
    """Take away who somebody is, who has sent nothing that is still theirs."""
    await drafts.erase(db, visitor_id=visitor.id)
    await notices.erase(db, visitor_id=visitor.id, now=now)
    await idempotency.forget_visitor(db, visitor_id=visitor.id)
    await visitors.log_out_everywhere(db, visitor_id=visitor.id)
    await db.delete(visitor)
    await db.flush()
