"""Reply rules."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import ContentRow
from models.vocabulary import MatchKind, ReplyPart


class ReplyRule(ContentRow):
    """What a visitor is answered, and to what: a follow, a scan, words, a button, or nothing."""

    __tablename__ = "reply_rules"
    __table_args__ = (UniqueConstraint("consultation_id", "part", "key"),)

    consultation_id: Mapped[UUID] = mapped_column(ForeignKey("consultations.id"))
    part: Mapped[ReplyPart]
    key: Mapped[str] = mapped_column(String(40))
    words: Mapped[list[str]]
    match: Mapped[MatchKind]
    priority: Mapped[int]
    hand_over: Mapped[bool]
    says: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    """Each with the states it is for (none: the rest), its kind and its texts."""

    position: Mapped[int]
    begins_at: Mapped[datetime | None] = mapped_column(default=None)
    ends_at: Mapped[datetime | None] = mapped_column(default=None)

    @property
    def title(self) -> str:
        """What people call it: its first word, or its key where only a button leads to it."""
        return self.words[0] if self.words else self.key
