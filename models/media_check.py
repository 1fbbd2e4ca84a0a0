"""Content checks of attachments."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Row
from models.vocabulary import CheckReason, CheckVerdict


class MediaCheck(Row):
    """How a picture came through WeChat's content check, whose outcome is pushed later."""

    __tablename__ = "media_checks"
    __table_args__ = (
        CheckConstraint(
            "trace_id IS NULL OR sealed_openid IS NULL", name="openid_only_until_asked"
        ),
        CheckConstraint(
            "verdict = 'pending' OR sealed_openid IS NULL", name="openid_only_while_pending"
        ),
        Index(
            "ix_media_checks_pending",
            "due_at",
            sqlite_where=text("verdict = 'pending'"),
            postgresql_where=text("verdict = 'pending'"),
        ),
    )

    asked_at: Mapped[datetime]
    due_at: Mapped[datetime]
    """Until then WeChat must have been asked, and have answered."""

    attachment_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("feedback_attachments.id", ondelete="CASCADE"), unique=True, default=None
    )
    """None for an outcome that was pushed before we had written down that we asked."""

    verdict: Mapped[CheckVerdict] = mapped_column(default=CheckVerdict.PENDING)
    reason: Mapped[CheckReason | None] = mapped_column(default=None)
    label: Mapped[int | None] = mapped_column(default=None)
    trace_id: Mapped[str | None] = mapped_column(String(64), unique=True, default=None)
    """WeChat's number of the check; its outcome comes with the same one."""

    decided_at: Mapped[datetime | None] = mapped_column(default=None)
    sealed_openid: Mapped[bytes | None] = mapped_column(default=None)
    """Whom WeChat is to check it for; gone once it was asked."""
