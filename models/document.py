"""Documents."""

from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import ContentRow
from models.bilingual import Bilingual
from models.vocabulary import DocumentKind, Language


class Document(ContentRow):
    """A draft, a resource or a form of a consultation; it may be announced before it can be had."""

    __tablename__ = "documents"

    consultation_id: Mapped[UUID] = mapped_column(ForeignKey("consultations.id"))
    slug: Mapped[str] = mapped_column(String(64), unique=True)
    kind: Mapped[DocumentKind]
    title: Mapped[Bilingual]
    position: Mapped[int]
    summary: Mapped[Bilingual | None] = mapped_column(default=None)
    change_note: Mapped[Bilingual | None] = mapped_column(default=None)
    """What is new in this edition of the file."""

    standard: Mapped[str | None] = mapped_column(String(20), default=None)
    version: Mapped[str | None] = mapped_column(String(20), default=None)
    section: Mapped[str | None] = mapped_column(String(20), default=None)
    """The section's code within (standard, version); None for a whole standard."""

    language: Mapped[Language | None] = mapped_column(default=None)
    original_name: Mapped[str | None] = mapped_column(String(200), default=None)
    """The file's name exactly as announced, faults included."""

    download_name: Mapped[str | None] = mapped_column(String(120), default=None)
    """The clean ASCII name people get."""

    url: Mapped[str | None] = mapped_column(String(2000), default=None)
