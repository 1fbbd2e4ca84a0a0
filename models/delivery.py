"""Deliveries."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Row
from models.vocabulary import DeliveryState


class Delivery(Row):
    """A message's way to its visitor as a customer-service message: the truth of what was sent."""

    __tablename__ = "deliveries"
    __table_args__ = (
        Index(
            "ix_deliveries_under_way",
            "queued_at",
            sqlite_where=text("state IN ('queued', 'sending')"),
            postgresql_where=text("state IN ('queued', 'sending')"),
        ),
    )

    message_id: Mapped[UUID] = mapped_column(ForeignKey("messages.id"), unique=True)
    queued_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    """The end of the window it was queued in: past it WeChat would refuse it."""

    state: Mapped[DeliveryState] = mapped_column(default=DeliveryState.QUEUED)
    errcode: Mapped[int | None] = mapped_column(default=None)
    """WeChat's number for why it failed."""

    rid: Mapped[str | None] = mapped_column(String(64), default=None)
    """WeChat's number of the call, to ask them about it."""

    finished_at: Mapped[datetime | None] = mapped_column(default=None)
