"""News: how much came in that a person has to look at, and what is about to end."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Self

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from models import Conversation, FeedbackItem, Message, Registration, Webinar
from models.vocabulary import Author, FeedbackSource, RegistrationState
from services import link_health
from services.contact_cards import pictures
from services.working_hours import Hours

WARNED_BEFORE = timedelta(hours=2)
"""How long before WeChat's window shuts on somebody who waits."""

ENTERED_BY_US = (FeedbackSource.ON_BEHALF, FeedbackSource.EXCEL)


@dataclass(frozen=True)
class Stretch:
    """The time that one notice tells of."""

    since: datetime
    until: datetime
    warned_until: datetime
    """Windows that shut until then have been warned of."""

    warns_until: datetime
    """Windows that shut until then are warned of now."""

    links_dead: int
    """Dead links that were told before."""


@dataclass(frozen=True)
class News:
    """What a notice tells, in numbers."""

    messages: int = 0
    """New ones of visitors who wait for a person."""

    feedback: int = 0
    registrations: int = 0
    """New ones that wait for a decision."""

    closing: int = 0
    """Windows about to shut on somebody who waits."""

    pictures: int = 0
    """WeChat codes about to end."""

    links: int = 0
    """Dead ones more than were told before."""

    links_dead: int = 0
    """Dead ones in all."""

    waiting: int = 0
    """Visitors who wait for a person in all."""

    closes_at: str | None = None
    """When the first of their windows shuts."""

    @property
    def worth_telling(self) -> bool:
        """Whether there is anything new."""
        came = self.messages or self.feedback or self.registrations
        return bool(came or self.closing or self.pictures or self.links)

    @property
    def said(self) -> Mapping[str, int | str | None]:
        """Give it as JSON takes it."""
        return asdict(self)

    @classmethod
    def of(cls, said: Mapping[str, int | str | None]) -> Self:
        """Give what was kept."""
        return cls(**said)  # type: ignore[arg-type]  # as `said` has written it


async def gather(db: AsyncSession, *, stretch: Stretch, now: datetime) -> News:
    """Count; it only reads."""
    waits = Conversation.waiting_since.is_not(None)
    fresh = _within(FeedbackItem.submitted_at, stretch)
    closes = Conversation.window_closes_at
    first = await db.scalar(select(func.min(closes)).where(waits, closes > now))
    dead = sum(one.standing.failing for one in await link_health.report(db, now=now))
    return News(
        messages=await _count(
            db,
            select(func.count())
            .select_from(Message)
            .join(Conversation, Conversation.id == Message.conversation_id)
            .where(
                waits,
                Message.author == Author.VISITOR,
                Message.said_at >= Conversation.waiting_since,
                *_within(Message.said_at, stretch),
            ),
        ),
        feedback=await _count(
            db,
            select(func.count(FeedbackItem.id)).where(
                FeedbackItem.withdrawn_at.is_(None),
                FeedbackItem.source.not_in(ENTERED_BY_US),
                *fresh,
            ),
        ),
        registrations=await _count(
            db,
            select(func.count(Registration.id))
            .join(Webinar, Webinar.id == Registration.webinar_id)
            .where(
                Registration.state == RegistrationState.PENDING,
                Webinar.starts_at > now,
                *_within(Registration.registered_at, stretch),
            ),
        ),
        closing=await _count(
            db,
            select(func.count(Conversation.id)).where(
                waits,
                closes > max(now, stretch.warned_until),
                closes <= stretch.warns_until,
                Conversation.window_left > 0,
            ),
        ),
        pictures=sum(
            stretch.since < picture.valid_until - pictures.WARNED_BEFORE <= stretch.until
            for picture, _ in await pictures.ending(db, now=stretch.until)
            if picture.valid_until is not None
        ),
        links=max(dead - stretch.links_dead, 0),
        links_dead=dead,
        waiting=await _count(db, select(func.count(Conversation.id)).where(waits)),
        closes_at=first.isoformat() if first else None,
    )


def horizon(hours: Hours | None, *, now: datetime) -> datetime:
    """Give until when windows have to be warned of now: the night's ones before it begins."""
    usual = now + WARNED_BEFORE
    if hours is None or not hours.open_at(now):
        return usual
    closes = hours.changes_at(now)
    if closes is None or closes > usual:
        return usual
    opens = hours.changes_at(closes)
    return usual if opens is None else opens + WARNED_BEFORE


async def _count(db: AsyncSession, asked: Select[int]) -> int:
    return await db.scalar(asked) or 0


def _within(column: InstrumentedAttribute[datetime], stretch: Stretch) -> list[ColumnElement[bool]]:
    return [column > stretch.since, column <= stretch.until]
