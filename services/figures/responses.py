"""Response times: how long visitors wait for a person's answer.

A wait begins with the first message that no person has answered and that no rule has, and ends when
a person's answer is written. It belongs to the day on which it began. How this was chosen: decision
0057.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    CTE,
    Integer,
    Subquery,
    and_,
    case,
    false,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncSession

from models import Conversation, Message, Push
from models.vocabulary import AnswerKind, Author
from services.figures.clocks import Face
from services.figures.spans import Span
from services.working_hours import Hours

MOST_CONVERSATIONS = 2_000
"""Of those that people answered in, the ones in which something was said last are looked at."""

LEAD_IN = timedelta(days=3)
"""How long before its first day a span is looked at, for waits that had begun already."""

ALL = "all"
IN_HOURS = "in_hours"


@dataclass(frozen=True)
class Waits:
    """How long visitors waited."""

    answered: int = 0
    median_seconds: int = 0
    most_seconds: int = 0
    """Nine of ten waited no longer."""


@dataclass(frozen=True)
class Responses:
    """The waits that began in a span and are over."""

    total: Waits
    in_hours: Waits | None
    """Of those that began while a person was at work; None as long as nobody has said when."""

    by_day: Mapping[date, tuple[Waits, Waits]]
    """All of a day, and those that began in working hours."""

    waiting: int
    """Conversations in which a visitor waits now."""

    complete: bool
    """False when there were more conversations than are looked at."""


async def measure(db: AsyncSession, *, span: Span, hours: Hours | None) -> Responses:
    """Measure the waits of a span's days."""
    found: dict[tuple[str, str], Waits] = {}
    for day, which, answered, median, most in await db.execute(_measured(db, span, hours)):
        found[day, which] = Waits(answered, median, most)
    days = sorted({day for day, _ in found if day})
    none = Waits()
    return Responses(
        total=found.get(("", ALL), none),
        in_hours=found.get(("", IN_HOURS), none) if hours else None,
        by_day={
            date.fromisoformat(day): (found[day, ALL], found.get((day, IN_HOURS), none))
            for day in days
        },
        waiting=await db.scalar(_waiting()) or 0,
        complete=(await db.scalar(_looked_at(span)) or 0) <= MOST_CONVERSATIONS,
    )


def _waiting() -> Any:  # noqa: ANN401 - SQLAlchemy's own
    return select(func.count()).where(Conversation.waiting_since.is_not(None))


def _talks(span: Span, most: int) -> Subquery:
    answered = and_(Conversation.answers > 0, Conversation.last_message_at >= span.begins_at)
    newest = Conversation.last_message_at.desc()
    return select(Conversation.id).where(answered).order_by(newest).limit(most).subquery()


def _looked_at(span: Span) -> Any:  # noqa: ANN401 - SQLAlchemy's own
    return select(func.count()).select_from(_talks(span, MOST_CONVERSATIONS + 1))


def _turns(span: Span) -> Subquery:
    """Give each first message of somebody's turn and when the other's turn began."""
    talks = _talks(span, MOST_CONVERSATIONS)
    in_order: dict[str, Any] = {
        "partition_by": Message.conversation_id,
        "order_by": (Message.said_at, Message.id),
    }
    by_rule = [AnswerKind.RULE, AnswerKind.WELCOME]
    unanswered = or_(Push.answer.is_(None), Push.answer.not_in(by_rule))
    said = (
        select(
            Message.conversation_id,
            Message.said_at,
            Message.id,
            Message.author,
            func.lag(Message.author).over(**in_order).label("before"),
        )
        .select_from(talks)
        .join(Message, Message.conversation_id == talks.c.id)
        .outerjoin(Push, Push.id == Message.push_id)
        .where(
            Message.said_at >= span.begins_at - LEAD_IN,
            # Said apart, so that no push is looked up for what was automatic.
            Message.author != Author.AUTOMATIC,
            or_(Message.author == Author.STAFF, unanswered),
        )
        .subquery()
    )
    following = func.lead(said.c.said_at).over(
        partition_by=said.c.conversation_id, order_by=(said.c.said_at, said.c.id)
    )
    return (
        select(said.c.author, said.c.said_at, following.label("answered_at"))
        .where(or_(said.c.before.is_(None), said.c.before != said.c.author))
        .subquery()
    )


def _waits(db: AsyncSession, span: Span, hours: Hours | None) -> CTE:
    turns, face = _turns(span), Face(db, span)
    return (
        select(
            face.day(turns.c.said_at).label("day"),
            face.seconds(turns.c.said_at, turns.c.answered_at).label("seconds"),
            _in_hours(db, span, hours, instant=turns.c.said_at).label("in_hours"),
        )
        .where(
            turns.c.author == Author.VISITOR,
            turns.c.answered_at.is_not(None),
            turns.c.said_at >= span.begins_at,
            turns.c.said_at < span.ends_at,
        )
        .cte("waits")
    )


def _in_hours(
    db: AsyncSession,
    span: Span,
    hours: Hours | None,
    *,
    instant: Any,  # noqa: ANN401 - SQLAlchemy's own
) -> Any:  # noqa: ANN401 - SQLAlchemy's own
    """Tell whether somebody was at work."""
    if hours is None:
        return false()
    face = Face(db, span, hours.zone)
    worked = [
        day.isoformat()
        for day in span.every_day
        if hours.open_at(datetime.combine(day, hours.begins, hours.zone))
    ]
    return and_(
        face.day(instant).in_(worked),
        face.time(instant) >= hours.begins.isoformat("seconds"),
        face.time(instant) < hours.ends.isoformat("seconds"),
    )


def _measured(db: AsyncSession, span: Span, hours: Hours | None) -> Any:  # noqa: ANN401 - SQLAlchemy's own
    waits = _waits(db, span, hours)
    seconds = waits.c.seconds
    # Each wait counts among all and among its day's, and once more if it began in working hours.
    counted = union_all(
        select(literal("").label("day"), literal(ALL).label("which"), seconds),
        select(waits.c.day, literal(ALL), seconds),
        select(literal(""), literal(IN_HOURS), seconds).where(waits.c.in_hours),
        select(waits.c.day, literal(IN_HOURS), seconds).where(waits.c.in_hours),
    ).subquery()
    group: dict[str, Any] = {"partition_by": (counted.c.day, counted.c.which)}
    ranked = select(
        counted,
        func.row_number().over(**group, order_by=counted.c.seconds).label("rank"),
        func.count().over(**group).label("answered"),
    ).subquery()
    answered, rank = ranked.c.answered, ranked.c.rank

    def at(place: Any) -> Any:  # noqa: ANN401 - SQLAlchemy's own
        return func.max(case((rank == place, ranked.c.seconds)), type_=Integer)

    return select(
        ranked.c.day,
        ranked.c.which,
        answered,
        at((answered + 1) // 2),
        at((9 * answered + 9) // 10),
    ).group_by(ranked.c.day, ranked.c.which, answered)
