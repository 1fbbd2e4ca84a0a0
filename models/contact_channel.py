"""Contact channels."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import ContentRow
from models.vocabulary import ContactKind


class ContactChannel(ContentRow):
    """One way to reach a contact: a typed value, so that nobody dials a WeChat id."""

    __tablename__ = "contact_channels"
    __table_args__ = (UniqueConstraint("card_id", "key"),)

    card_id: Mapped[UUID] = mapped_column(ForeignKey("contact_cards.id"))
    key: Mapped[str] = mapped_column(String(40))
    kind: Mapped[ContactKind]
    position: Mapped[int]
    value: Mapped[str | None] = mapped_column(String(200), default=None)
    """A phone in E.164, a WeChat id, an e-mail address; None for a picture."""

    withdrawn_at: Mapped[datetime | None] = mapped_column(default=None, init=False)
    """Set by staff, whatever the pack says: `retired` is the pack's."""
