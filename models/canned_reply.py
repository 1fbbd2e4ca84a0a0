"""Canned replies."""

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Row


class CannedReply(Row):
    """An answer that is given often, ready to be put into a conversation and changed there."""

    __tablename__ = "canned_replies"

    title: Mapped[str] = mapped_column(String(60), unique=True)
    text: Mapped[str] = mapped_column(Text)
    """May hold the placeholders of the content pack, such as `{{deadline}}`."""

    changed_at: Mapped[datetime]
