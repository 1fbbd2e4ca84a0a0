"""Sections."""

from uuid import UUID

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import ContentRow
from models.bilingual import Bilingual


class Section(ContentRow):
    """A numbered part of one version of a standard.

    The code alone says nothing: 9 is human rights in V3 and mine closure in the draft of V4.
    """

    __tablename__ = "sections"
    __table_args__ = (UniqueConstraint("consultation_id", "standard", "version", "code"),)

    consultation_id: Mapped[UUID] = mapped_column(ForeignKey("consultations.id"))
    standard: Mapped[str] = mapped_column(String(20))
    version: Mapped[str] = mapped_column(String(20))
    code: Mapped[str] = mapped_column(String(20))
    title: Mapped[Bilingual]
    position: Mapped[int]
    summary: Mapped[Bilingual | None] = mapped_column(default=None)
