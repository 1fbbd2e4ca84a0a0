"""Visitor marks."""

from datetime import date

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.vocabulary import VisitorScope

MARK_BYTES = 8
"""Two of a million devices get the same mark once in some ten million days."""


class VisitorMark(Base):
    """That a device came on a day that has not been counted yet; without the salt it is noise.

    The mark depends on what it is about: whoever came by two codes has two marks, and nothing
    tells that they are one device's. All marks of a day go when it is counted.
    """

    __tablename__ = "visitor_marks"

    day_on: Mapped[date] = mapped_column(primary_key=True)
    scope: Mapped[VisitorScope] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    mark: Mapped[bytes] = mapped_column(primary_key=True)
