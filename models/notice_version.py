"""Versions of the privacy notice."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Row
from models.bilingual import Bilingual


class NoticeVersion(Row):
    """What a round's privacy notice and its questions for consent said from some instant on.

    Kept from its first use on and never changed: it shows what somebody agreed to.
    """

    __tablename__ = "notice_versions"
    __table_args__ = (UniqueConstraint("consultation_id", "sha256"),)

    consultation_id: Mapped[UUID] = mapped_column(ForeignKey("consultations.id"))
    sha256: Mapped[str] = mapped_column(String(64))
    """Over the notice and all wordings, in both languages."""

    notice: Mapped[Bilingual]
    """The notice as readers saw it, the publisher's facts filled in."""

    wordings: Mapped[dict[str, Any]]
    """The sentence of each kind of consent, in each language."""

    first_used_at: Mapped[datetime]
