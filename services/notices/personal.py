"""What the ledger of notices knows of one visitor: to be given to them, or to be forgotten."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import Announcement, Notice, SubscriptionPermit


async def export(db: AsyncSession, *, visitor_id: UUID) -> dict[str, Any]:
    """Give a visitor's notices and permits as JSON takes them, oldest first."""
    told = await db.execute(
        select(Notice, Announcement.text)
        .outerjoin(Announcement, Announcement.id == Notice.subject_id)
        .where(Notice.visitor_id == visitor_id)
        .order_by(Notice.planned_at, Notice.id)
    )
    allowed = await db.scalars(
        select(SubscriptionPermit)
        .where(SubscriptionPermit.visitor_id == visitor_id)
        .order_by(SubscriptionPermit.told_at, SubscriptionPermit.id)
    )
    return {
        "notices": [
            {
                "kind": notice.kind.value,
                "about": str(notice.subject_id),
                "text": text,
                "state": notice.state.value,
                "channel": notice.channel.value if notice.channel else None,
                "planned_at": notice.planned_at.isoformat(),
                "finished_at": _written(notice.finished_at),
                "reason": notice.reason,
            }
            for notice, text in told
        ],
        "subscriptions": [
            {
                "template_id": permit.template_id,
                "told_at": permit.told_at.isoformat(),
                "ended_at": _written(permit.ended_at),
            }
            for permit in allowed
        ],
    }


async def erase(db: AsyncSession, *, visitor_id: UUID, now: datetime) -> None:
    """Take a visitor's notices and permits away; a call that is under way ends with nothing."""
    del now
    await db.execute(delete(Notice).where(Notice.visitor_id == visitor_id))
    await db.execute(delete(SubscriptionPermit).where(SubscriptionPermit.visitor_id == visitor_id))


def _written(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None
