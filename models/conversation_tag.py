"""Tags of conversations."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base

LONGEST_TAG = 20


class ConversationTag(Base):
    """A word by which people of ours sort conversations; written freely, never sent."""

    __tablename__ = "conversation_tags"
    __table_args__ = (Index("ix_conversation_tags_of_tag", "tag", "conversation_id"),)

    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversations.id"), primary_key=True)
    tag: Mapped[str] = mapped_column(String(LONGEST_TAG), primary_key=True)
    given_at: Mapped[datetime]
