"""Synopses."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class Synopsis(Base):
    """That a round's answers were published, all of them at once."""

    __tablename__ = "synopses"

    consultation_id: Mapped[UUID] = mapped_column(ForeignKey("consultations.id"), primary_key=True)
    published_at: Mapped[datetime]
