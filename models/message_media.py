"""Media of messages."""

from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class MessageMedia(Base):
    """The bytes of a picture, voice or video: in the database, so that erasing is one deed."""

    __tablename__ = "message_media"

    message_id: Mapped[UUID] = mapped_column(ForeignKey("messages.id"), primary_key=True)
    content_type: Mapped[str] = mapped_column(String(120))
    content: Mapped[bytes]
