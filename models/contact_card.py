"""Contact cards."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import ContentRow
from models.bilingual import Bilingual


class ContactCard(ContentRow):
    """Somebody to talk to. Printed codes lead to it for years, so it belongs to no one round."""

    __tablename__ = "contact_cards"

    slug: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[Bilingual]
    role: Mapped[Bilingual]
    organisation: Mapped[Bilingual]
    languages: Mapped[list[str]]
    position: Mapped[int]
    hours: Mapped[Bilingual | None] = mapped_column(default=None)
