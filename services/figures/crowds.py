"""Crowds: who came from where, how full the webinars are, and which groups spoke on what."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import and_, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import (
    Bilingual,
    Channel,
    FeedbackItem,
    FeedbackVersion,
    LinkVisit,
    PageVisit,
    Registration,
    Section,
    Term,
    Webinar,
)
from models.vocabulary import ClientKind, FeedbackKind, RegistrationState, TermSet, VisitKind
from services import consultations
from services.figures.spans import Span

FEWEST = 3
"""Groups of fewer people are not told apart: one who knows the field would know who they are."""

ByDay = Mapping[date, Counter[str]]


@dataclass(frozen=True)
class Comings:
    """How often people came each day, by the channel."""

    followed: ByDay
    """Links followed and codes scanned."""

    opened: ByDay
    """Pages opened."""

    channels: Mapping[str, Bilingual]
    """What the pack's channels are called."""


@dataclass(frozen=True)
class Seats:
    """How full one webinar is."""

    webinar: Webinar
    states: Counter[RegistrationState]
    arrived: int


@dataclass(frozen=True)
class Voices:
    """How many comments stand on a section from a group, and of how many people at least."""

    sections: list[Section]
    groups: list[Term]
    counts: Mapping[tuple[str, str], int | None]
    """By section and group; None where fewer people spoke than are told apart."""


def section_key(standard: str, version: str, code: str) -> str:
    """Name a section."""
    return f"{standard}/{version}/{code}"


async def comings(db: AsyncSession, *, span: Span) -> Comings:
    """Count by day and channel, people only, from the counters of the days."""
    followed = (
        select(LinkVisit.day_on, LinkVisit.channel, func.sum(LinkVisit.visits))
        .where(
            *span.days.hold(LinkVisit.day_on),
            LinkVisit.client != ClientKind.BOT,
            LinkVisit.kind != VisitKind.PROBE,
        )
        .group_by(LinkVisit.day_on, LinkVisit.channel)
    )
    opened = (
        select(PageVisit.day_on, PageVisit.channel, func.sum(PageVisit.visits))
        .where(*span.days.hold(PageVisit.day_on), PageVisit.client != ClientKind.BOT)
        .group_by(PageVisit.day_on, PageVisit.channel)
    )
    channels = await db.execute(
        select(Channel.code, Channel.label).order_by(Channel.position, Channel.code)
    )
    return Comings(
        followed=_by_day(await db.execute(followed)),
        opened=_by_day(await db.execute(opened)),
        channels={row.code: row.label for row in channels},
    )


async def seats(db: AsyncSession, *, consultation_id: UUID) -> list[Seats]:
    """Count the registrations of a round's webinars as they stand now."""
    arrived = func.count(case((Registration.checked_in_at.is_not(None), 1)))
    rows = await db.execute(
        select(Registration.webinar_id, Registration.state, func.count(), arrived).group_by(
            Registration.webinar_id, Registration.state
        )
    )
    states: defaultdict[UUID, Counter[RegistrationState]] = defaultdict(Counter)
    came: Counter[UUID] = Counter()
    for webinar_id, state, count, there in rows:
        states[webinar_id][state] = count
        came[webinar_id] += there if state is RegistrationState.CONFIRMED else 0
    webinars = await db.scalars(
        select(Webinar)
        .where(Webinar.consultation_id == consultation_id, Webinar.retired.is_(False))
        .order_by(Webinar.starts_at, Webinar.position)
    )
    return [Seats(webinar, states[webinar.id], came[webinar.id]) for webinar in webinars]


async def voices(db: AsyncSession, *, consultation_id: UUID, span: Span) -> Voices:
    """Count the comments that came in a span and stand, by section and group of their senders.

    All anonymous ones of a group on a section count as one person: they may be.
    """
    columns = (
        FeedbackVersion.standard,
        FeedbackVersion.version,
        FeedbackVersion.section,
        func.coalesce(FeedbackVersion.stakeholder, ""),
    )
    anonymous = func.max(case((FeedbackItem.visitor_id.is_(None), 1), else_=0))
    people = func.count(FeedbackItem.visitor_id.distinct()) + anonymous
    latest = and_(
        FeedbackVersion.item_id == FeedbackItem.id,
        FeedbackVersion.ordinal == FeedbackItem.versions,
    )
    rows = await db.execute(
        select(*columns, func.count(), people)
        .select_from(FeedbackItem)
        .join(FeedbackVersion, latest)
        .where(
            FeedbackItem.consultation_id == consultation_id,
            FeedbackItem.kind == FeedbackKind.COMMENT,
            FeedbackItem.withdrawn_at.is_(None),
            FeedbackItem.submitted_at >= span.begins_at,
            FeedbackItem.submitted_at < span.ends_at,
        )
        .group_by(*columns)
    )
    counts = {
        (section_key(standard, version, section), group): number if by >= FEWEST else None
        for standard, version, section, group, number, by in rows
    }
    vocabulary = await consultations.vocabulary(db, consultation_id=consultation_id)
    spoken = {section for section, _ in counts}
    return Voices(
        sections=[
            one
            for one in vocabulary.sections
            if section_key(one.standard, one.version, one.code) in spoken
        ],
        groups=[term for term in vocabulary.terms if term.term_set is TermSet.STAKEHOLDER],
        counts=counts,
    )


def _by_day(rows: Iterable[Any]) -> ByDay:
    found: defaultdict[date, Counter[str]] = defaultdict(Counter)
    for day_on, channel, count in rows:
        found[day_on][channel] += count
    return found
