"""Answers to feedback items."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.bilingual import Bilingual


class FeedbackAnswer(Base):
    """What those of ours make of one item. Nobody outside sees it before its round's synopsis."""

    __tablename__ = "feedback_answers"
    __table_args__ = (
        CheckConstraint(
            "(public_text IS NULL) = (redaction_reason IS NULL) "
            "AND (public_text IS NULL) = (redacted_version IS NULL)",
            name="redacted_for_a_reason",
        ),
    )

    item_id: Mapped[UUID] = mapped_column(ForeignKey("feedback_items.id"), primary_key=True)
    changed_at: Mapped[datetime]
    changed_by_id: Mapped[UUID] = mapped_column(ForeignKey("staff_accounts.id"))
    revision: Mapped[int] = mapped_column(default=0)
    """How often it was saved: who saves has to have seen the last one."""

    disposition: Mapped[str | None] = mapped_column(String(60), default=None)
    response: Mapped[Bilingual | None] = mapped_column(default=None)
    assignee_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("staff_accounts.id"), index=True, default=None
    )
    note: Mapped[str | None] = mapped_column(Text, default=None)
    """For those at the desk alone."""

    public_text: Mapped[str | None] = mapped_column(Text, default=None)
    """What is shown in the place of what its sender wrote; empty shows none of it."""

    redaction_reason: Mapped[str | None] = mapped_column(String(200), default=None)
    """Why; shown beside it."""

    redacted_version: Mapped[int | None] = mapped_column(default=None)
    """The ordinal of the version that was redacted: of a later one nothing is shown."""
