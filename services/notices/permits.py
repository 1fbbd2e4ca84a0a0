"""Permits: how many subscribe messages a visitor still lets us send, by template.

Two tell us of one tap: the mini-program, which knows at once, and WeChat's event, which cannot be
made up. What both have told within a few minutes is one permit. Our count may be wrong all the
same, since people change their mind in WeChat; a message that is refused puts it right.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models import SubscriptionPermit, Visitor

SAME_TAP = timedelta(minutes=10)
"""How far apart both may tell of one tap."""

MOST = 20
"""Of one visitor and template; a mini-program that tells of more is not believed."""


async def tell(
    db: AsyncSession, *, visitor_id: UUID, template_id: str, by_wechat: bool, now: datetime
) -> None:
    """Take notice of one “allow”. Locks the visitor, so that both tellers come one by one."""
    await db.get_one(Visitor, visitor_id, with_for_update={"key_share": True})
    of_both = _of(visitor_id, template_id)
    told = SubscriptionPermit.from_wechat if by_wechat else SubscriptionPermit.from_client
    known = await db.scalar(
        select(SubscriptionPermit)
        .where(of_both, told.is_(False), SubscriptionPermit.told_at > now - SAME_TAP)
        .order_by(SubscriptionPermit.told_at)
        .limit(1)
    )
    if known is None:
        if await _open(db, of_both) >= MOST:
            return
        known = SubscriptionPermit(visitor_id=visitor_id, template_id=template_id, told_at=now)
        db.add(known)
    known.from_wechat = known.from_wechat or by_wechat
    known.from_client = known.from_client or not by_wechat
    await db.flush()


async def take(
    db: AsyncSession, *, visitor_id: UUID, template_id: str, now: datetime
) -> UUID | None:
    """Spend the oldest permit there is, None without one. Nobody else can spend it."""
    permit = await db.scalar(
        select(SubscriptionPermit)
        .where(_of(visitor_id, template_id), SubscriptionPermit.ended_at.is_(None))
        .order_by(SubscriptionPermit.told_at, SubscriptionPermit.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if permit is None:
        return None
    permit.ended_at = now
    return permit.id


async def give_back(db: AsyncSession, *, permit_id: UUID) -> None:
    """Take back the spending of a permit: WeChat surely has not taken the message."""
    permit = await db.get_one(SubscriptionPermit, permit_id, with_for_update=True)
    permit.ended_at = None


async def end_all(db: AsyncSession, *, visitor_id: UUID, template_id: str, now: datetime) -> None:
    """Believe WeChat that no permit is left."""
    await db.execute(
        update(SubscriptionPermit)
        .where(_of(visitor_id, template_id), SubscriptionPermit.ended_at.is_(None))
        .values(ended_at=now)
    )


async def counts(db: AsyncSession, *, visitor_id: UUID) -> Mapping[str, int]:
    """Count a visitor's permits by template; templates without one are left out."""
    found = await db.execute(
        select(SubscriptionPermit.template_id, func.count())
        .where(SubscriptionPermit.visitor_id == visitor_id, SubscriptionPermit.ended_at.is_(None))
        .group_by(SubscriptionPermit.template_id)
    )
    return dict(found.all())


async def _open(db: AsyncSession, of_both: ColumnElement[bool]) -> int:
    number = await db.scalar(
        select(func.count())
        .select_from(SubscriptionPermit)
        .where(of_both, SubscriptionPermit.ended_at.is_(None))
    )
    return number or 0


def _of(visitor_id: UUID, template_id: str) -> ColumnElement[bool]:
    return and_(
        SubscriptionPermit.visitor_id == visitor_id,
        SubscriptionPermit.template_id == template_id,
    )
