"""Contact cards."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import ContentRow
from models.bilingual import Bilingual


class ContactCard(ContentRow):
    """Somebody to talk to. Printed codes lead to it for years, so it belongs to no one round."""

    __tablename__ = "contact_cards"
    __table_args__ = (
        CheckConstraint(
            "replaced_by_id IS NULL OR withdrawn_at IS NOT NULL", name="replaced_is_withdrawn"
        ),
    )

    slug: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[Bilingual]
    role: Mapped[Bilingual]
    organisation: Mapped[Bilingual]
    languages: Mapped[list[str]]
    position: Mapped[int]
    hours: Mapped[Bilingual | None] = mapped_column(default=None)
    """Words of its own; without them the working hours of the current round are shown."""

    withdrawn_at: Mapped[datetime | None] = mapped_column(default=None, init=False)
    """Set by staff, whatever the pack says: `retired` is the pack's."""

    replaced_by_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("contact_cards.id"), default=None, init=False
    )
    """The card that is real, for whoever still scans this one's code."""
