"""Retention: taking away what was kept for as long as the content pack says, field by field.

The periods stand in the pack, beside the words by which the privacy notice tells them. What has no
period is kept until somebody decides: nobody invents one here.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import Consultation, FeedbackItem, Publisher, Visitor, Webinar
from services import consultations, webinars
from services.conversations import personal as conversations
from services.feedback import personal as feedback
from services.privacy import erasing
from services.registrations import personal as registrations

BATCH = 100
"""Rows of one rule in one transaction."""

OF_ROUNDS = ("registration_contact", "registration_person", "feedback_person", "feedback_text")
OF_EVERYBODY = ("message_text", "message_media", "visitor")
"""Fields that belong to no round: the current one's periods count."""

FIELDS = OF_ROUNDS + OF_EVERYBODY

Take = Callable[[AsyncSession, Sequence[Any], datetime], Awaitable[None]]


@dataclass(frozen=True)
class Rule:
    """What of a field is past its period, and how it is taken away."""

    field: str
    due: Select[Any]
    take: Take


async def undecided(db: AsyncSession, *, now: datetime) -> list[str]:
    """Name the fields of the current round that have no period.

    Raises:
        ConsultationNotFound
    """
    current = await consultations.current(db, now=now)
    publisher = await consultations.publisher(db, consultation_id=current.id)
    return [name for name in FIELDS if name not in publisher.retention_days]


async def count(db: AsyncSession, *, now: datetime) -> dict[str, int]:
    """Count what is past its period, without taking anything away."""
    found = dict.fromkeys(FIELDS, 0)
    for rule in await _rules(db, now):
        number = await db.scalar(select(func.count()).select_from(rule.due.subquery()))
        found[rule.field] += number or 0
    return found


async def take(db: AsyncSession, *, now: datetime) -> dict[str, int]:
    """Take away one batch of each rule; tell how much. Nothing is left when that is nothing."""
    taken = dict.fromkeys(FIELDS, 0)
    for rule in await _rules(db, now):
        # Two runs at once share the work: neither waits, nor takes what the other is taking.
        batch = rule.due.limit(BATCH).with_for_update(skip_locked=True)
        rows = (await db.scalars(batch)).all()
        await rule.take(db, rows, now)
        await db.flush()
        taken[rule.field] += len(rows)
    return taken


async def _rules(db: AsyncSession, now: datetime) -> list[Rule]:
    rows = await db.execute(
        select(Consultation, Publisher)
        .join(Publisher, Publisher.consultation_id == Consultation.id)
        .order_by(Consultation.opens_at)
    )
    found: list[Rule] = []
    for consultation, publisher in rows.all():
        periods = {name: timedelta(days=days) for name, days in publisher.retention_days.items()}
        over = await _over(db, consultation, now)
        found += _of_round(consultation, periods, over=over, now=now)
    current = await consultations.current(db, now=now)
    publisher = await consultations.publisher(db, consultation_id=current.id)
    return found + list(_of_everybody(publisher.retention_days, now))


async def _over(
    db: AsyncSession, consultation: Consultation, now: datetime
) -> dict[UUID, timedelta]:
    """Tell for how long each webinar of a round has been over."""
    found = await db.scalars(select(Webinar).where(Webinar.consultation_id == consultation.id))
    return {webinar.id: now - webinars.ends_at(webinar) for webinar in found}


def _of_round(
    consultation: Consultation,
    periods: Mapping[str, timedelta],
    *,
    over: Mapping[UUID, timedelta],
    now: datetime,
) -> Iterator[Rule]:
    for name, due, forget in (
        ("registration_contact", registrations.with_contact, registrations.forget_contacts),
        ("registration_person", registrations.of_webinars, registrations.forget),
    ):
        if period := periods.get(name):
            ids = [webinar_id for webinar_id, since in over.items() if since >= period]
            yield Rule(name, due(ids), forget)
    for name, asked, empty in (
        ("feedback_person", feedback.told_by_somebody, _forget_senders),
        ("feedback_text", feedback.with_text, feedback.forget_texts),
    ):
        period = periods.get(name)
        if period and now >= consultation.closes_at + period:
            yield Rule(name, asked(consultation.id), empty)


def _of_everybody(days: Mapping[str, int], now: datetime) -> Iterator[Rule]:
    until = {name: now - timedelta(days=number) for name, number in days.items()}
    if "message_text" in until:
        before = until["message_text"]
        yield Rule("message_text", conversations.with_words(before), conversations.forget_words)
        pushes = conversations.pushes_with_words(before)
        yield Rule("message_text", pushes, conversations.forget_pushes)
        ours = (conversations.notes(before), conversations.tags(before))
        for due in (*ours, conversations.drafts(before)):
            yield Rule("message_text", due, conversations.forget_ours)
    if "message_media" in until:
        media = conversations.media(until["message_media"])
        yield Rule("message_media", media, conversations.forget_media)
    if "visitor" in until:
        yield Rule("visitor", erasing.without_traces(until["visitor"]), _forget)


async def _forget_senders(db: AsyncSession, found: Sequence[FeedbackItem], now: datetime) -> None:
    await feedback.forget_senders(db, found, now)
    await conversations.forget_items(db, found)


async def _forget(db: AsyncSession, found: Sequence[Visitor], now: datetime) -> None:
    for visitor in found:
        await erasing.forget(db, visitor=visitor, now=now)
