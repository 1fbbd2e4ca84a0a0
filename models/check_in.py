"""Check-ins."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Row

LONGEST_BY = 80


class CheckIn(Row):
    """That somebody at the door let a registered person in, or took that back. Only ever added."""

    __tablename__ = "check_ins"

    registration_id: Mapped[UUID] = mapped_column(
        ForeignKey("registrations.id", ondelete="CASCADE"), index=True
    )
    arrived: Mapped[bool]
    """False takes the one before back."""

    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(LONGEST_BY))
    """Who was at the door: a name among the staff."""
