"""Audit entries."""

from datetime import datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class AuditEntry(Base):
    """What somebody of ours did. Only ever added to: the database refuses any change.

    It holds ids and words, never a text or a person's data, so nothing of it has to be erased.
    """

    __tablename__ = "audit_entries"

    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(80))
    """The login of whoever did it, or the command line."""

    act: Mapped[str] = mapped_column(String(60))
    subject: Mapped[str] = mapped_column(String(120))
    details: Mapped[dict[str, Any]]
    sha256: Mapped[str] = mapped_column(String(64))
    """The link of the chain: over the link before and all of the above."""
