"""Consultations."""

from datetime import datetime

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Row
from models.bilingual import Bilingual


class Consultation(Row):
    """One round of public consultation on the drafts of one or more standards."""

    __tablename__ = "consultations"
    __table_args__ = (CheckConstraint("closes_at > opens_at", name="closes_after_it_opens"),)

    slug: Mapped[str] = mapped_column(String(64), unique=True)
    title: Mapped[Bilingual]
    summary: Mapped[Bilingual]
    time_zone: Mapped[str] = mapped_column(String(64))
    """The IANA zone in which the round's days begin and its instants are shown."""

    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    """The first instant at which the round is closed."""

    closing_soon_hours: Mapped[int]
    hub_url: Mapped[str] = mapped_column(String(2000))
    allowed_hosts: Mapped[list[str]]
    """Hosts that links and documents may lead to; a host covers its sub-domains."""

    announced_at: Mapped[datetime | None] = mapped_column(default=None)
    """From when the round takes the place of the one before; None means as soon as it is loaded."""

    responding_at: Mapped[datetime | None] = mapped_column(default=None)
    published_at: Mapped[datetime | None] = mapped_column(default=None)
