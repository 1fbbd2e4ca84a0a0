"""Menus."""

from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from models.base import ContentRow


class Menu(ContentRow):
    """The official account's menu in one round."""

    __tablename__ = "menus"

    consultation_id: Mapped[UUID] = mapped_column(ForeignKey("consultations.id"), unique=True)
    buttons: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    """At most three, each with at most five below it, as menu.toml has them."""
