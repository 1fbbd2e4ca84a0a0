"""Announcements."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Row


class Announcement(Row):
    """A message of ours to all who registered for a webinar; who gets it how is in `notices`."""

    __tablename__ = "announcements"

    webinar_id: Mapped[UUID] = mapped_column(ForeignKey("webinars.id"), index=True)
    text: Mapped[str] = mapped_column(Text)
    audience: Mapped[str] = mapped_column(String(40))
    """Which registrations it was for, as the desk's lists are called."""

    made_at: Mapped[datetime]
