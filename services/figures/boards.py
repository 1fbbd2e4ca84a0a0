"""Boards: all pictures of a span."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from models import Consultation
from models.vocabulary import Language
from services import funnels, working_hours
from services.figures import crowds, people_pictures, responses, traffic, visit_pictures
from services.figures.pictures import Picture
from services.figures.spans import Choice, Span
from services.figures.wording import Words


@dataclass(frozen=True)
class Board:
    """The pictures of a span, in the order in which they are read."""

    span: Span
    pictures: Sequence[Picture]


async def gather(
    db: AsyncSession,
    *,
    choice: Choice,
    consultation: Consultation,
    language: Language,
    now: datetime,
) -> Board:
    """Sum everything up, in sentences and heads of a language."""
    span = Span.of(choice, consultation=consultation, now=now)
    words = Words(language, span)
    comings = await crowds.comings(db, span=span)
    funnel = await funnels.by_channel(db, days=span.days)
    seats = await crowds.seats(db, consultation_id=consultation.id)
    voices = await crowds.voices(db, consultation_id=consultation.id, span=span)
    hours = await working_hours.of_round(db, consultation_id=consultation.id)
    measured = await responses.measure(db, span=span, hours=hours)
    said = await traffic.by_author(db, span=span)
    lost = await traffic.lost(db, span=span)
    unanswerable = await traffic.unanswerable(db, now=now)
    failures = await traffic.failures(db, span=span)
    return Board(
        span,
        [
            visit_pictures.funnel(funnel, words),
            visit_pictures.followed(comings, words),
            visit_pictures.opened(comings, words),
            people_pictures.seats(seats, words),
            people_pictures.voices(voices, words),
            people_pictures.responses(measured, words),
            people_pictures.messages(said, words),
            people_pictures.lost(lost, words, unanswerable=unanswerable),
            people_pictures.failures(failures, words),
        ],
    )
