"""Consultations: which round is current, in which state it is, and when that changes next."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import (
    Bilingual,
    Consultation,
    FeedbackChannel,
    Page,
    Publisher,
    Section,
    Term,
)
from models.vocabulary import Language, RoundState
from services import texts
from services.errors import NotFound


class ConsultationNotFound(NotFound):
    """There is no such consultation."""

    code = "consultation_not_found"


class PageNotFound(NotFound):
    """There is no such page."""

    code = "page_not_found"


@dataclass(frozen=True)
class Vocabulary:
    """What people choose from when they comment, each list in the pack's order."""

    sections: list[Section]
    terms: list[Term]
    feedback_channels: list[FeedbackChannel]


@dataclass(frozen=True)
class Standing:
    """Where a round stands at an instant, its own instants on the clock of its zone."""

    consultation: Consultation
    state: RoundState
    days_left: int
    opens: datetime
    closes: datetime


def standing(consultation: Consultation, now: datetime) -> Standing:
    """Tell everything about a round that depends on the time."""
    zone = ZoneInfo(consultation.time_zone)
    return Standing(
        consultation=consultation,
        state=state(consultation, now),
        days_left=days_left(consultation, now),
        opens=consultation.opens_at.astimezone(zone),
        closes=consultation.closes_at.astimezone(zone),
    )


def state(consultation: Consultation, now: datetime) -> RoundState:
    """Tell where a round stands. It is closed from `closes_at` on, to the microsecond."""
    if consultation.published_at is not None and now >= consultation.published_at:
        return RoundState.PUBLISHED
    if consultation.responding_at is not None and now >= consultation.responding_at:
        return RoundState.RESPONDING
    if now >= consultation.closes_at:
        return RoundState.CLOSED
    if now < consultation.opens_at:
        return RoundState.FORTHCOMING
    if now >= closing_soon_at(consultation):
        return RoundState.CLOSING_SOON
    return RoundState.OPEN


def closing_soon_at(consultation: Consultation) -> datetime:
    """Give the instant from which a round is about to close, never before it opens."""
    start = consultation.closes_at - timedelta(hours=consultation.closing_soon_hours)
    return max(start, consultation.opens_at)


def days_left(consultation: Consultation, now: datetime) -> int:
    """Count the midnights of the round's zone before it closes: 0 on the last day and after it."""
    zone = ZoneInfo(consultation.time_zone)
    last = (consultation.closes_at - timedelta(microseconds=1)).astimezone(zone).date()
    return max((last - now.astimezone(zone).date()).days, 0)


def instants(consultation: Consultation) -> list[datetime]:
    """Give the instants at which what the public sees of a round changes, in no order."""
    known = [
        consultation.announced_at,
        consultation.opens_at,
        closing_soon_at(consultation),
        consultation.closes_at,
        consultation.responding_at,
        consultation.published_at,
    ]
    return [instant for instant in known if instant is not None]


def next_midnight(zone: str, now: datetime) -> datetime:
    """Give the start of the next day in a zone, where counted days change."""
    local = now.astimezone(ZoneInfo(zone))
    return datetime.combine(local.date() + timedelta(days=1), time(0), local.tzinfo)


async def loaded_slugs(db: AsyncSession) -> frozenset[str]:
    """Give the slugs of all rounds in the database, announced or not."""
    return frozenset(await db.scalars(select(Consultation.slug)))


async def rounds(db: AsyncSession, *, now: datetime) -> list[Consultation]:
    """Give the announced rounds, newest opening first."""
    found = await db.scalars(select(Consultation).order_by(Consultation.opens_at.desc()))
    return [item for item in found if item.announced_at is None or item.announced_at <= now]


async def current(db: AsyncSession, *, now: datetime) -> Consultation:
    """Give the round that the pages speak of: the announced one that opens last.

    Raises:
        ConsultationNotFound: no content pack has been loaded.
    """
    for consultation in await rounds(db, now=now):
        return consultation
    raise ConsultationNotFound


async def by_slug(db: AsyncSession, *, slug: str, now: datetime) -> Consultation:
    """Give an announced round.

    Raises:
        ConsultationNotFound
    """
    for consultation in await rounds(db, now=now):
        if consultation.slug == slug:
            return consultation
    raise ConsultationNotFound


async def loaded(db: AsyncSession, *, slug: str) -> Consultation:
    """Give a round that has been loaded, announced or not: what is printed is made beforehand.

    Raises:
        ConsultationNotFound
    """
    found = await db.scalar(select(Consultation).where(Consultation.slug == slug))
    if found is None:
        raise ConsultationNotFound
    return found


async def chosen(db: AsyncSession, *, slug: str | None, now: datetime) -> Consultation:
    """Give the round that was asked for, the current one if none was.

    Raises:
        ConsultationNotFound
    """
    return await (by_slug(db, slug=slug, now=now) if slug else current(db, now=now))


async def publisher(db: AsyncSession, *, consultation_id: UUID) -> Publisher:
    """Give who runs a round."""
    found = await db.scalars(select(Publisher).where(Publisher.consultation_id == consultation_id))
    return found.one()


async def page(db: AsyncSession, *, consultation_id: UUID, slug: str) -> Page:
    """Give a text of a round.

    Raises:
        PageNotFound
    """
    found = await db.scalar(
        select(Page).where(
            Page.consultation_id == consultation_id,
            Page.slug == slug,
            Page.retired.is_(False),
        )
    )
    if found is None:
        raise PageNotFound
    return found


async def feedback_channels(db: AsyncSession, *, consultation_id: UUID) -> list[FeedbackChannel]:
    """Give the ways to comment beside our own, in the pack's order."""
    found = await db.scalars(
        select(FeedbackChannel)
        .where(
            FeedbackChannel.consultation_id == consultation_id,
            FeedbackChannel.retired.is_(False),
        )
        .order_by(FeedbackChannel.position)
    )
    return list(found)


async def vocabulary(db: AsyncSession, *, consultation_id: UUID) -> Vocabulary:
    """Give the sections and lists of a round."""
    sections = await db.scalars(
        select(Section)
        .where(Section.consultation_id == consultation_id, Section.retired.is_(False))
        .order_by(Section.position)
    )
    terms = await db.scalars(
        select(Term)
        .where(Term.consultation_id == consultation_id, Term.retired.is_(False))
        .order_by(Term.position)
    )
    return Vocabulary(
        sections=list(sections),
        terms=list(terms),
        feedback_channels=await feedback_channels(db, consultation_id=consultation_id),
    )


PUBLISHER_FACTS = (
    "legal_entity",
    "address",
    "privacy_email",
    "retention_registrations",
    "retention_feedback",
    "retention_messages",
)
"""What a page's text may name in braces."""

PUBLIC_FACTS = (*PUBLISHER_FACTS, "icp_number", "police_number")
"""What law wants shown: production does not start while one is empty."""


def fill_in(body: Bilingual, publisher: Publisher, *, language: Language) -> str:
    """Put the publisher's facts into a text; what nobody has told us yet is said to be missing."""
    text = body.text(language)
    for name in PUBLISHER_FACTS:
        fact = getattr(publisher, name)
        words = fact.text(language) if isinstance(fact, Bilingual) else fact
        text = text.replace(f"{{{name}}}", words or texts.say("pages.to_be_added", language))
    return text


def missing_facts(publisher: Publisher) -> list[str]:
    """Name the publisher's fields that are still empty."""
    return [name for name in PUBLIC_FACTS if not getattr(publisher, name)]
