"""Erasures."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Row
from models.vocabulary import ErasureReason


class Erasure(Row):
    """That a visitor's data had to go, and went: the proof, without the visitor."""

    __tablename__ = "erasures"

    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversations.id"), index=True)
    reason: Mapped[ErasureReason]
    asked_at: Mapped[datetime]
    """When the event that asked for it arrived."""

    due_at: Mapped[datetime]
    """The latest instant the privacy notice allows."""

    done_at: Mapped[datetime | None] = mapped_column(default=None)
    messages: Mapped[int | None] = mapped_column(default=None)
    """How many messages were emptied."""
