"""Attempts at a delivery."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Row


class DeliveryAttempt(Row):
    """One call to WeChat, written down before it is made.

    Without an end it was cut off, by a crash or a lost answer, and its outcome is not known.
    """

    __tablename__ = "delivery_attempts"

    delivery_id: Mapped[UUID] = mapped_column(ForeignKey("deliveries.id"), index=True)
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None] = mapped_column(default=None)
    errcode: Mapped[int | None] = mapped_column(default=None)
    """WeChat's number; 0 when it was taken."""
