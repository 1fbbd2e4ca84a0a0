"""Answers kept for requests that are sent again."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class IdempotentAnswer(Base):
    """What a request with a key was answered, to answer its repetitions with the same bytes."""

    __tablename__ = "idempotent_answers"

    owner_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    """Of who asked and the key they sent: names neither."""

    request_digest: Mapped[bytes]
    """Of method, path and body, under a key: the body may hold a phone number to be guessed."""

    asked_at: Mapped[datetime]
    """By the machine's time."""

    status: Mapped[int | None] = mapped_column(default=None)
    """None only within the transaction that answers."""

    sealed_body: Mapped[bytes | None] = mapped_column(default=None)
    """The answer, encrypted: it may hold a name, a comment, a code that is shown once."""

    visitor_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("visitors.id"), index=True, default=None
    )
    """Whose it is, for it to go with them; None for the answer to something anonymous."""
