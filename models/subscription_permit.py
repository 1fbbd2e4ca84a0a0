"""Permits for subscribe messages."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Row


class SubscriptionPermit(Row):
    """One “allow” of a visitor for one template: one message, and no time limit (WeChat's rule).

    The same tap is told twice, by the mini-program and by WeChat's event, in either order.
    """

    __tablename__ = "subscription_permits"
    __table_args__ = (Index("ix_subscription_permits_of_visitor", "visitor_id", "template_id"),)

    visitor_id: Mapped[UUID] = mapped_column(ForeignKey("visitors.id"))
    template_id: Mapped[str] = mapped_column(String(64))
    told_at: Mapped[datetime]
    """When we first heard of it."""

    from_client: Mapped[bool] = mapped_column(default=False)
    from_wechat: Mapped[bool] = mapped_column(default=False)
    ended_at: Mapped[datetime | None] = mapped_column(default=None)
    """When it was spent on a message, or WeChat said that it is no longer good."""
