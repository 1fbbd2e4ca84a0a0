"""Feedback items."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Row
from models.vocabulary import FeedbackKind, FeedbackSource


class FeedbackItem(Row):
    """One comment of somebody on a round. What it says stands in its versions."""

    __tablename__ = "feedback_items"
    __table_args__ = (Index("ix_feedback_items_log", "consultation_id", "receipt"),)

    consultation_id: Mapped[UUID] = mapped_column(ForeignKey("consultations.id"), index=True)
    receipt: Mapped[str] = mapped_column(String(40), unique=True)
    """The number the sender was given: ASI-CN-2026-00001."""

    submitted_at: Mapped[datetime]
    source: Mapped[FeedbackSource]
    kind: Mapped[FeedbackKind] = mapped_column(default=FeedbackKind.COMMENT)
    visitor_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("visitors.id"), index=True, default=None
    )
    """None for what was sent anonymously: nothing anywhere leads from it to a visitor."""

    channel: Mapped[str | None] = mapped_column(String(32), default=None)
    """Where its sender came from, as in `link_visits`; never kept with what is anonymous."""

    secret_sha256: Mapped[str | None] = mapped_column(String(64), default=None)
    """Of the code that opens an anonymous item to whoever sent it."""

    versions: Mapped[int] = mapped_column(default=0)
    """How many there are; the last one counts."""

    withdrawn_at: Mapped[datetime | None] = mapped_column(default=None)
