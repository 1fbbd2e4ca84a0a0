"""Feedback channels."""

from uuid import UUID

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import ContentRow
from models.bilingual import Bilingual
from models.vocabulary import FeedbackRoute


class FeedbackChannel(ContentRow):
    """A way to comment that stays visible beside the service's own form, with what it is for."""

    __tablename__ = "feedback_channels"
    __table_args__ = (UniqueConstraint("consultation_id", "key"),)

    consultation_id: Mapped[UUID] = mapped_column(ForeignKey("consultations.id"))
    key: Mapped[str] = mapped_column(String(40))
    route: Mapped[FeedbackRoute]
    title: Mapped[Bilingual]
    purpose: Mapped[Bilingual]
    position: Mapped[int]
    url: Mapped[str | None] = mapped_column(String(2000), default=None)
    email: Mapped[str | None] = mapped_column(String(200), default=None)
    document: Mapped[str | None] = mapped_column(String(64), default=None)
    """The slug of the form to fill in."""
