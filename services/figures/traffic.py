"""Traffic: what was said each day, and what could not be."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import Conversation, Delivery, Message
from models.vocabulary import Author, DeliveryState
from services.figures.clocks import Face
from services.figures.spans import Span

WINDOW_SHUT = (45015, 45047)
"""WeChat's numbers for: the time to answer is over, all messages that were allowed are sent."""

EXPIRED = "expired"
REFUSED = "refused"


async def by_author(db: AsyncSession, *, span: Span) -> Mapping[date, Counter[Author]]:
    """Count the messages of each day by who wrote them.

    Looks at every message there is: no index knows when something was said.
    """
    day = Face(db, span).day(Message.said_at)
    rows = await db.execute(
        select(day, Message.author, func.count())
        .where(Message.said_at >= span.begins_at, Message.said_at < span.ends_at)
        .group_by(day, Message.author)
    )
    found: defaultdict[date, Counter[Author]] = defaultdict(Counter)
    for name, author, count in rows:
        found[date.fromisoformat(name)][author] = count
    return found


async def lost(db: AsyncSession, *, span: Span) -> Mapping[date, Counter[str]]:
    """Count by day what could not be sent any more.

    It ended here, as its window had shut before its turn came, or WeChat said so. What ended
    before its time did so for another reason: its visitor's data were erased.
    """
    day = Face(db, span).day(Delivery.finished_at)
    expired = and_(
        Delivery.state == DeliveryState.EXPIRED, Delivery.finished_at >= Delivery.expires_at
    )
    refused = and_(Delivery.state == DeliveryState.FAILED, Delivery.errcode.in_(WINDOW_SHUT))
    how = case((expired, EXPIRED), else_=REFUSED)
    rows = await db.execute(
        select(day, how, func.count())
        .where(or_(expired, refused), *_ended(span))
        .group_by(day, how)
    )
    found: defaultdict[date, Counter[str]] = defaultdict(Counter)
    for name, which, count in rows:
        found[date.fromisoformat(name)][which] = count
    return found


async def failures(db: AsyncSession, *, span: Span) -> list[tuple[int | None, int]]:
    """Count what WeChat refused by its numbers, the most frequent first."""
    count = func.count()
    rows = await db.execute(
        select(Delivery.errcode, count)
        .where(Delivery.state == DeliveryState.FAILED, *_ended(span))
        .group_by(Delivery.errcode)
        .order_by(count.desc(), Delivery.errcode)
    )
    return [(errcode, number) for errcode, number in rows]


async def unanswerable(db: AsyncSession, *, now: datetime) -> int:
    """Count the conversations in which somebody waits, and cannot be answered now."""
    shut = or_(
        Conversation.window_closes_at.is_(None),
        Conversation.window_closes_at <= now,
        Conversation.window_left == 0,
    )
    asked = select(func.count()).where(Conversation.waiting_since.is_not(None), shut)
    return await db.scalar(asked) or 0


def _ended(span: Span) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return Delivery.finished_at >= span.begins_at, Delivery.finished_at < span.ends_at
