"""Tags of feedback items."""

from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class FeedbackTag(Base):
    """A word that those at the desk gave an item, to find it by."""

    __tablename__ = "feedback_tags"

    item_id: Mapped[UUID] = mapped_column(ForeignKey("feedback_items.id"), primary_key=True)
    word: Mapped[str] = mapped_column(String(20), primary_key=True, index=True)
