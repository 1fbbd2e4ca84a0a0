"""Translations of feedback."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.vocabulary import Language


class FeedbackTranslation(Base):
    """What an item says, in the other language. The original stays as it is, beside it."""

    __tablename__ = "feedback_translations"

    item_id: Mapped[UUID] = mapped_column(ForeignKey("feedback_items.id"), primary_key=True)
    version: Mapped[int]
    """The ordinal of the version that was translated: of a later one this says nothing."""

    language: Mapped[Language]
    """The language it was translated into."""

    translated_at: Mapped[datetime]
    translated_by_id: Mapped[UUID] = mapped_column(ForeignKey("staff_accounts.id"))
    revision: Mapped[int] = mapped_column(default=0)
    comment: Mapped[str | None] = mapped_column(Text, default=None)
    proposed_text: Mapped[str | None] = mapped_column(Text, default=None)
    rationale: Mapped[str | None] = mapped_column(Text, default=None)
