"""Visitor counts."""

from datetime import date

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.vocabulary import VisitorScope


class VisitorCount(Base):
    """How many different devices came on one Beijing day, in one respect."""

    __tablename__ = "visitor_counts"

    day_on: Mapped[date] = mapped_column(primary_key=True)
    scope: Mapped[VisitorScope] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    """Of the link, the code or the channel."""

    visitors: Mapped[int]
