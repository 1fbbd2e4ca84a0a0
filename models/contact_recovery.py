"""Recoveries of contacts."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Row


class ContactRecovery(Row):
    """That a visitor wants back a registration which was made with their contact elsewhere.

    There is one whether or not such a registration exists, so that nobody can tell.
    """

    __tablename__ = "contact_recoveries"

    visitor_id: Mapped[UUID] = mapped_column(
        ForeignKey("visitors.id", ondelete="CASCADE"), index=True
    )
    webinar_id: Mapped[UUID] = mapped_column(ForeignKey("webinars.id"))
    contact_index: Mapped[bytes] = mapped_column(index=True)
    sealed_code: Mapped[bytes] = mapped_column(init=False)
    asked_at: Mapped[datetime]
    """By the machine's time, as is its end."""

    expires_at: Mapped[datetime]
    registration_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("registrations.id", ondelete="CASCADE"), default=None
    )
    """None where nobody is registered with the contact."""

    failures: Mapped[int] = mapped_column(default=0)
    """How many wrong codes were tried."""
