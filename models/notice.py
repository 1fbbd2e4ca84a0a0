"""Notices."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Row
from models.vocabulary import NoticeChannel, NoticeKind, NoticeState

_OPEN = text("state IN ('planned', 'sending')")


class Notice(Row):
    """That one person is told one thing once, and the truth of how that went."""

    __tablename__ = "notices"
    __table_args__ = (
        UniqueConstraint("visitor_id", "kind", "subject_id", name="uq_notices_once"),
        Index("ix_notices_open", "planned_at", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_notices_subject", "subject_id", "kind"),
    )

    visitor_id: Mapped[UUID] = mapped_column(ForeignKey("visitors.id"))
    kind: Mapped[NoticeKind]
    subject_id: Mapped[UUID]
    """The registration, the feedback item or the announcement it is about, as its kind says."""

    planned_at: Mapped[datetime]
    state: Mapped[NoticeState] = mapped_column(default=NoticeState.PLANNED)
    channel: Mapped[NoticeChannel | None] = mapped_column(default=None)
    """The way it is going or went."""

    tried: Mapped[list[str]] = mapped_column(default_factory=list)
    """Channels that would not take it, in the order they were asked."""

    permit_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("subscription_permits.id"), index=True, default=None
    )
    """What a subscribe message spends."""

    message_id: Mapped[UUID | None] = mapped_column(ForeignKey("messages.id"), default=None)
    """What it became in a conversation, whose delivery knows how it went."""

    began_at: Mapped[datetime | None] = mapped_column(default=None)
    """When the call that is under way, or was the last one, was about to be made."""

    finished_at: Mapped[datetime | None] = mapped_column(default=None)
    reason: Mapped[str | None] = mapped_column(String(40), default=None)
    """One word for why it was not sent."""

    registration_id: Mapped[UUID | None] = mapped_column(default=None)
    """Announcements only: as whose owner somebody gets it, whoever that is by then."""
