"""Drafts of feedback."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class FeedbackDraft(Base):
    """What a visitor has begun to write. Nobody else ever reads it."""

    __tablename__ = "feedback_drafts"

    visitor_id: Mapped[UUID] = mapped_column(ForeignKey("visitors.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    """Made up by the visitor's program; it means something together with the visitor only."""

    consultation_id: Mapped[UUID] = mapped_column(ForeignKey("consultations.id"), index=True)
    """The round it was begun in, and is forgotten with."""

    revision: Mapped[int]
    """How often it was saved."""

    saved_at: Mapped[datetime]
    content: Mapped[dict[str, Any]]
    """Fields by name, as far as they are filled in."""
