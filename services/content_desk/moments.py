"""Moments worth looking at beforehand: those at which what the public sees changes."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import Bilingual, Consultation, ReplyRule
from models.vocabulary import ReplyPart
from services import consultations, webinars
from services.consultations import ConsultationNotFound
from services.conversations import rulebooks
from services.conversations.auto_replies import Rulebook, Spoken
from services.conversations.chat_feedback import ReplyLinks


class MomentKind(StrEnum):
    """What makes a moment worth looking at."""

    ANNOUNCED = "announced"
    BEFORE_OPENING = "before_opening"
    OPENED = "opened"
    CLOSING_SOON = "closing_soon"
    LAST_SECOND = "last_second"
    CLOSED = "closed"
    RESPONDING = "responding"
    PUBLISHED = "published"
    WEBINAR = "webinar"


@dataclass(frozen=True)
class Moment:
    """An instant to choose, and of what it is one."""

    kind: MomentKind
    at: datetime
    title: Bilingual
    """Of the round, or of the webinar."""


@dataclass(frozen=True)
class Answer:
    """What the official account would say at an instant."""

    part: ReplyPart
    key: str
    words: tuple[str, ...]
    spoken: Spoken | None
    """None where it would say nothing: the rule is not in force, or has no words for the state."""


async def moments(db: AsyncSession) -> list[Moment]:
    """Give the moments of the round that opens last and of its webinars, in the order of time.

    Announced or not: looking beforehand is what it is for.
    """
    round_ = await db.scalar(select(Consultation).order_by(Consultation.opens_at.desc()).limit(1))
    if round_ is None:
        return []
    found = [*_of_round(round_)]
    found += [
        Moment(MomentKind.WEBINAR, item.starts_at, item.title)
        for item in await webinars.of_round(db, consultation=round_)
    ]
    return sorted(found, key=lambda moment: moment.at)


async def answers(db: AsyncSession, *, now: datetime, link: ReplyLinks) -> list[Answer]:
    """Give every automatic answer as it would be at an instant, in the pack's order."""
    try:
        current = await consultations.current(db, now=now)
    except ConsultationNotFound:
        return []
    book = await rulebooks.load(db, now=now, link=link)
    holding = {rule.key for rule in book.lexicon.rules if rule.holds(now)}
    rules = await db.scalars(
        select(ReplyRule)
        .where(ReplyRule.consultation_id == current.id, ReplyRule.retired.is_(False))
        .order_by(ReplyRule.position)
    )
    found = [
        Answer(
            rule.part, rule.key, tuple(rule.words), _spoken(rule, book, holding=holding, now=now)
        )
        for rule in rules
        # What is said to a scan depends on what was scanned.
        if rule.part is not ReplyPart.SCAN
    ]
    return sorted(found, key=lambda answer: _ORDER.index(answer.part))


_ORDER = (ReplyPart.WELCOME, ReplyPart.RULE, ReplyPart.DEFAULT, ReplyPart.OUT_OF_HOURS)


def _spoken(rule: ReplyRule, book: Rulebook, *, holding: set[str], now: datetime) -> Spoken | None:
    is_away = book.hours is not None and not book.hours.open_at(now)
    away = book.replies.get((ReplyPart.OUT_OF_HOURS, "")) if is_away else None
    match rule.part:
        case ReplyPart.RULE:
            return book.replies.get((rule.part, rule.key)) if rule.key in holding else None
        case ReplyPart.DEFAULT:
            return None if away else book.replies.get((rule.part, ""))
        case ReplyPart.OUT_OF_HOURS:
            return away
        case _:
            return book.replies.get((rule.part, ""))


def _of_round(found: Consultation) -> Iterator[Moment]:
    second, minute = timedelta(seconds=1), timedelta(minutes=1)
    known = {
        MomentKind.ANNOUNCED: found.announced_at,
        MomentKind.BEFORE_OPENING: found.opens_at - minute,
        MomentKind.OPENED: found.opens_at,
        MomentKind.CLOSING_SOON: consultations.closing_soon_at(found),
        MomentKind.LAST_SECOND: found.closes_at - second,
        MomentKind.CLOSED: found.closes_at,
        MomentKind.RESPONDING: found.responding_at,
        MomentKind.PUBLISHED: found.published_at,
    }
    for kind, at in known.items():
        if at is not None:
            yield Moment(kind, at, found.title)
