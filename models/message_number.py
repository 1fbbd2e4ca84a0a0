"""Numbers of messages."""

from uuid import UUID

from sqlalchemy import ForeignKey, Integer
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class MessageNumber(Base):
    """By which number the index knows a message; grows with its instant. SQLite only.

    Triggers of `messages` write it, together with the index itself: see migrations 0024 and 0029.
    """

    __tablename__ = "message_numbers"
    __table_args__ = ({"info": {"only_on": "sqlite"}},)

    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    message_id: Mapped[UUID] = mapped_column(ForeignKey("messages.id"), unique=True)
