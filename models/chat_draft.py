"""Drafts of feedback from the chat."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Row
from models.vocabulary import Language


class ChatDraft(Row):
    """A message that its author may turn into feedback by one tap, and what we made of it.

    It holds no text: that is the message's, and is gone when the message is erased.
    """

    __tablename__ = "chat_drafts"

    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    """Of the word in the link by which it is confirmed."""

    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversations.id"), index=True)
    message_id: Mapped[UUID] = mapped_column(ForeignKey("messages.id"), unique=True)
    language: Mapped[Language]
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    """From then on the link leads nowhere, and the draft is forgotten."""

    standard: Mapped[str | None] = mapped_column(String(20), default=None)
    """With version and section: what the message names, None where it names none."""

    version: Mapped[str | None] = mapped_column(String(20), default=None)
    section: Mapped[str | None] = mapped_column(String(20), default=None)
    item_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("feedback_items.id"), index=True, default=None
    )
    """What it became; a second tap is shown the same one."""
