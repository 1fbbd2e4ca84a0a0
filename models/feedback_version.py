"""Versions of feedback items."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Row
from models.vocabulary import Language


class FeedbackVersion(Row):
    """What an item said from one instant on, and its link in the chain of receipts.

    Once written it never changes, but for withdrawal, which takes its texts and its salt away.
    """

    __tablename__ = "feedback_versions"
    __table_args__ = (
        UniqueConstraint("item_id", "ordinal"),
        UniqueConstraint("series", "position"),
    )

    item_id: Mapped[UUID] = mapped_column(ForeignKey("feedback_items.id"))
    ordinal: Mapped[int]
    """1 is what was submitted; each change is another one, and so is the withdrawal."""

    written_at: Mapped[datetime]
    series: Mapped[str] = mapped_column(String(20))
    position: Mapped[int]
    """The place in the chain of the series, from 1 on."""

    salt: Mapped[bytes | None]
    """Without it nobody can find a short text by trying what has its digest."""

    content_sha256: Mapped[str] = mapped_column(String(64))
    receipt_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    """The link: over the one before it, the ids, the instant and the content's digest."""

    language: Mapped[Language]
    standard: Mapped[str] = mapped_column(String(20))
    version: Mapped[str] = mapped_column(String(20))
    section: Mapped[str] = mapped_column(String(20))
    comment: Mapped[str | None] = mapped_column(Text)
    """None when it was withdrawn."""

    comment_type: Mapped[str | None] = mapped_column(String(60), default=None)
    stance: Mapped[str | None] = mapped_column(String(60), default=None)
    proposed_text: Mapped[str | None] = mapped_column(Text, default=None)
    rationale: Mapped[str | None] = mapped_column(Text, default=None)
    stakeholder: Mapped[str | None] = mapped_column(String(60), default=None)
    organisation: Mapped[str | None] = mapped_column(String(200), default=None)
    may_contact: Mapped[bool] = mapped_column(default=False)
    may_publish_text: Mapped[bool] = mapped_column(default=False)
    may_publish_name: Mapped[bool] = mapped_column(default=False)
    may_transfer_abroad: Mapped[bool] = mapped_column(default=False)
    """Whether ASI in Australia may have it."""
    attachments: Mapped[list[str]] = mapped_column(default_factory=list)
    """The SHA-256 of each; none when it was withdrawn."""
