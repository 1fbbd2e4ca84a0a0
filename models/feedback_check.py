"""Content checks of feedback."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Row
from models.vocabulary import CheckReason, CheckVerdict


class FeedbackCheck(Row):
    """How one version of an item came through WeChat's content check."""

    __tablename__ = "feedback_checks"
    __table_args__ = (
        UniqueConstraint("item_id", "ordinal"),
        CheckConstraint(
            "verdict = 'pending' OR sealed_openid IS NULL", name="openid_only_while_pending"
        ),
        Index(
            "ix_feedback_checks_pending",
            "due_at",
            sqlite_where=text("verdict = 'pending'"),
            postgresql_where=text("verdict = 'pending'"),
        ),
    )

    item_id: Mapped[UUID] = mapped_column(ForeignKey("feedback_items.id"))
    ordinal: Mapped[int]
    """Which version of the item was looked at."""

    asked_at: Mapped[datetime]
    due_at: Mapped[datetime]
    """From then on WeChat would refuse, and the openid has to be gone."""

    verdict: Mapped[CheckVerdict] = mapped_column(default=CheckVerdict.PENDING)
    reason: Mapped[CheckReason | None] = mapped_column(default=None)
    label: Mapped[int | None] = mapped_column(default=None)
    """WeChat's number for what it found: 100 for nothing."""

    trace_id: Mapped[str | None] = mapped_column(String(64), default=None)
    """WeChat's number of the check that decided."""

    decided_at: Mapped[datetime | None] = mapped_column(default=None)
    sealed_openid: Mapped[bytes | None] = mapped_column(default=None)
    """Whom WeChat is to check it for; the one place that knows who sent an anonymous item."""
