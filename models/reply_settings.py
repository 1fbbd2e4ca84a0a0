"""Reply settings."""

from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from models.base import ContentRow


class ReplySettings(ContentRow):
    """How the account answers in one round: how often the default reply, and in which hours."""

    __tablename__ = "reply_settings"

    consultation_id: Mapped[UUID] = mapped_column(ForeignKey("consultations.id"), unique=True)
    cooldown_hours: Mapped[int]
    hours: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True), default=None)
    """When a person answers, as replies.toml has it; None while nobody has told."""
