"""Where feedback comes from that staff entered."""

from datetime import date
from uuid import UUID

from sqlalchemy import Date, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.vocabulary import EntryWay


class FeedbackOrigin(Base):
    """How an item reached us that its sender did not send here, and who of ours entered it."""

    __tablename__ = "feedback_origins"

    item_id: Mapped[UUID] = mapped_column(ForeignKey("feedback_items.id"), primary_key=True)
    entered_by_id: Mapped[UUID] = mapped_column(ForeignKey("staff_accounts.id"))
    way: Mapped[EntryWay]
    received_on: Mapped[date] = mapped_column(Date)
    """The day it reached us, in the round's zone, as whoever entered it says."""

    sealed_sender: Mapped[bytes | None] = mapped_column(default=None)
    """Name and contact of who sent it; empty where they gave none, or were forgotten."""

    row_key: Mapped[bytes | None] = mapped_column(unique=True, default=None)
    """Of a row of a form: the row is entered once, however often its file is read."""
