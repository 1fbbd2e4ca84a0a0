"""Terms."""

from uuid import UUID

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import ContentRow
from models.bilingual import Bilingual
from models.vocabulary import TermSet


class Term(ContentRow):
    """One entry of a list people choose from. Its code is stored, its label only shown."""

    __tablename__ = "terms"
    __table_args__ = (UniqueConstraint("consultation_id", "term_set", "code"),)

    consultation_id: Mapped[UUID] = mapped_column(ForeignKey("consultations.id"))
    term_set: Mapped[TermSet]
    code: Mapped[str] = mapped_column(String(60))
    label: Mapped[Bilingual]
    position: Mapped[int]
    answer: Mapped[Bilingual | None] = mapped_column(default=None)
    """What an answer with this disposition begins with."""
