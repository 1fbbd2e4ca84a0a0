"""Messages."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    BigInteger,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Row
from models.vocabulary import Author, MessageKind

BY_PERSONS = text("author <> 'automatic'")
"""What people said: in just these words the indexes of search know it."""


class Message(Row):
    """One thing said, by a visitor or to them."""

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("push_id", "author"),
        Index("ix_messages_of_conversation", "conversation_id", "said_at", "id"),
        # For search, beside an index that SQLAlchemy cannot compare: see migration 0024.
        Index(
            "ix_messages_newest",
            "said_at",
            "id",
            postgresql_where=BY_PERSONS,
            info={"only_on": "postgresql"},
        ),
    )

    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversations.id"))
    author: Mapped[Author]
    kind: Mapped[MessageKind]
    said_at: Mapped[datetime]
    text: Mapped[str | None] = mapped_column(Text, default=None)
    """Empty for what is no text, and once the visitor's data were erased."""

    details: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True), default=None)
    """The rest of what it holds: a title, an address, a place."""

    media_id: Mapped[str | None] = mapped_column(String(200), default=None)
    """WeChat's name of a picture, voice or video, good for three days."""

    staff_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff_accounts.id"), default=None)
    """Who of ours wrote it."""

    push_id: Mapped[int | None] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), ForeignKey("pushes.id"), default=None
    )
    """What it came with, or answered: makes one message of each, however often it is derived."""
