"""Attachments of feedback items."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Row
from models.vocabulary import AttachmentCheck


class FeedbackAttachment(Row):
    """A picture or PDF that belongs to an item, or waits to be sent with one.

    It never names a visitor: whoever has its token may send it along, anonymously too. The name its
    file had is not kept, since people's names stand there. The bytes are in the database, so that
    withdrawing and erasing are one deed.
    """

    __tablename__ = "feedback_attachments"

    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    sha256: Mapped[str] = mapped_column(String(64))
    """Of the bytes; the item's versions say it too."""

    size_bytes: Mapped[int]
    content_type: Mapped[str] = mapped_column(String(60))
    """What the content is, whatever it was sent as."""

    uploaded_at: Mapped[datetime]
    """By the machine's time."""

    content: Mapped[bytes] = mapped_column(deferred=True)
    check_state: Mapped[AttachmentCheck] = mapped_column(default=AttachmentCheck.UNCHECKED)
    item_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("feedback_items.id"), index=True, default=None
    )
    """None until it was sent along; then it is taken away after a day."""

    position: Mapped[int] = mapped_column(default=0)
    """Its place among the item's, from 1 on."""
