"""Webinars."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import ContentRow
from models.bilingual import Bilingual
from models.vocabulary import Language


class Webinar(ContentRow):
    """One live session of a consultation, in one language."""

    __tablename__ = "webinars"

    consultation_id: Mapped[UUID] = mapped_column(ForeignKey("consultations.id"))
    slug: Mapped[str] = mapped_column(String(64), unique=True)
    title: Mapped[Bilingual]
    audience: Mapped[Bilingual]
    language: Mapped[Language]
    starts_at: Mapped[datetime]
    time_zones: Mapped[list[str]]
    """IANA zones its time is shown in, beside Beijing's; the first is the announcement's."""

    position: Mapped[int]
    description: Mapped[Bilingual | None] = mapped_column(default=None)
    minutes: Mapped[int | None] = mapped_column(default=None)
    """Planned length; None where none was announced."""

    seats: Mapped[int | None] = mapped_column(default=None)
    """Highest number of booked registrations; None means no limit."""

    registration_url: Mapped[str | None] = mapped_column(String(2000), default=None)
    """The form outside this service."""

    registered_here: Mapped[bool] = mapped_column(default=False)
    """Whether seats are given by this service; elsewhere it only shows the way to the form."""

    registration_opens_at: Mapped[datetime | None] = mapped_column(default=None)
    """From when seats are given; None means as soon as the webinar is shown."""

    registration_closes_at: Mapped[datetime | None] = mapped_column(default=None)
    """The first instant at which nobody registers any more; None means when it begins."""

    sealed_join_url: Mapped[bytes | None] = mapped_column(default=None)
    """The meeting's address: whoever knows it is in, so it is shown to those with a seat only."""

    join_from: Mapped[datetime | None] = mapped_column(default=None)
    """From when they are shown it."""

    needs_approval: Mapped[bool] = mapped_column(default=False)
    """Whether somebody of ours decides about each registration."""

    replay_url: Mapped[str | None] = mapped_column(String(2000), default=None)
    """The recording; shown after the end, as are the slides and the notes."""

    slides_url: Mapped[str | None] = mapped_column(String(2000), default=None)
    notes_url: Mapped[str | None] = mapped_column(String(2000), default=None)
    """Questions and answers, written down."""

    sequence: Mapped[int] = mapped_column(init=False)
    """Counts the row's changes: the SEQUENCE by which calendars know a newer invitation."""

    __mapper_args__ = {"version_id_col": sequence}  # noqa: RUF012 - SQLAlchemy's own spelling
