"""Link visits."""

from datetime import date

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.vocabulary import ClientKind, VisitKind


class LinkVisit(Base):
    """How often a link was followed on one Beijing day. A count and nothing about anybody."""

    __tablename__ = "link_visits"

    slug: Mapped[str] = mapped_column(ForeignKey("short_links.slug"), primary_key=True)
    day_on: Mapped[date] = mapped_column(primary_key=True, index=True)
    channel: Mapped[str] = mapped_column(String(32), primary_key=True)
    """A known channel's code, `other` for an unknown one, empty where none was given."""

    client: Mapped[ClientKind] = mapped_column(primary_key=True)
    kind: Mapped[VisitKind] = mapped_column(primary_key=True)
    visits: Mapped[int]
    code: Mapped[str] = mapped_column(String(16), primary_key=True, default="")
    """The printed code that was scanned, empty where somebody came another way."""
