"""What became of messages."""

from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class MessageItem(Base):
    """That somebody of ours made a comment of a message: once, however often they ask for it.

    It leads from a comment to a conversation, and goes when that is erased or its text is taken.
    """

    __tablename__ = "message_items"

    message_id: Mapped[UUID] = mapped_column(ForeignKey("messages.id"), primary_key=True)
    item_id: Mapped[UUID] = mapped_column(ForeignKey("feedback_items.id"), unique=True)
