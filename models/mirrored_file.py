"""Mirrored files."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Row


class MirroredFile(Row):
    """One checked copy of a document's file. The newest comes first, older ones stay."""

    __tablename__ = "mirrored_files"
    __table_args__ = (UniqueConstraint("document_id", "sha256"),)

    document_id: Mapped[UUID] = mapped_column(ForeignKey("documents.id"), index=True)
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    size_bytes: Mapped[int]
    content_type: Mapped[str] = mapped_column(String(120))
    name: Mapped[str] = mapped_column(String(200))
    """The name it is served under, extension included."""

    original_name: Mapped[str] = mapped_column(String(200))
    """The name of the file that staff put in."""

    mirrored_at: Mapped[datetime]
