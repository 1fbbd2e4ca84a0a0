"""Conversations."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Row
from models.vocabulary import Account, ConversationStatus, WindowKind


class Conversation(Row):
    """All that one visitor and one of our accounts have to do with each other."""

    __tablename__ = "conversations"
    __table_args__ = (
        UniqueConstraint("account", "openid"),
        CheckConstraint("window_left >= 0", name="window_left_not_negative"),
        Index("ix_conversations_of_status", "status", "last_message_at", "id"),
        Index(
            "ix_conversations_waiting",
            "window_closes_at",
            "id",
            sqlite_where=text("waiting_since IS NOT NULL"),
            postgresql_where=text("waiting_since IS NOT NULL"),
        ),
    )

    account: Mapped[Account]
    openid: Mapped[str | None] = mapped_column(String(64), default=None)
    """Empty once the visitor's data were erased."""

    following: Mapped[bool | None] = mapped_column(default=None)
    """None as long as WeChat has told neither."""

    following_changed_at: Mapped[datetime | None] = mapped_column(default=None)
    """WeChat's time of the newest follow or unfollow: an older one that comes late is ignored."""

    last_message_at: Mapped[datetime | None] = mapped_column(default=None, index=True)
    waiting_since: Mapped[datetime | None] = mapped_column(default=None)
    """The oldest message that no person has answered; None when nobody waits."""

    unread: Mapped[int] = mapped_column(default=0)
    """Messages of the visitor that no person has seen."""

    person_until: Mapped[datetime | None] = mapped_column(default=None)
    """Until then a person is answering, and no automatic answer cuts in."""

    default_replied_at: Mapped[datetime | None] = mapped_column(default=None)
    window_kind: Mapped[WindowKind | None] = mapped_column(default=None)
    window_closes_at: Mapped[datetime | None] = mapped_column(default=None)
    window_left: Mapped[int] = mapped_column(default=0)
    """Messages that may still be sent while the window is open."""

    status: Mapped[ConversationStatus] = mapped_column(default=ConversationStatus.OPEN)
    assignee_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("staff_accounts.id"), index=True, default=None
    )
    """Who of ours looks after it."""

    answers: Mapped[int] = mapped_column(default=0)
    """Answers by people of ours: whoever answers has to have seen all of them."""

    version: Mapped[int] = mapped_column(default=0)
    """Grows with all that the desk shows of it, so that whoever looks at it is shown that too."""

    changed_at: Mapped[datetime | None] = mapped_column(index=True, default=None)
    """When it grew last."""

    typing_shown_at: Mapped[datetime | None] = mapped_column(default=None)
    """When its visitor was last shown that somebody types."""

    erased_at: Mapped[datetime | None] = mapped_column(default=None)
