"""Contact pictures."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Row


class ContactPicture(Row):
    """A WeChat code that staff have put behind a channel. One is shown; earlier ones have ended.

    An ended one keeps what tells it again, never the picture: it is somebody's address.
    """

    __tablename__ = "contact_pictures"
    __table_args__ = (
        UniqueConstraint("channel_id", "version"),
        Index(
            "uq_contact_pictures_shown",
            "channel_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        CheckConstraint("(ended_at IS NULL) = (content IS NOT NULL)", name="kept_while_shown"),
    )

    channel_id: Mapped[UUID] = mapped_column(ForeignKey("contact_channels.id"))
    version: Mapped[int]
    """1 for the channel's first."""

    sha256: Mapped[str] = mapped_column(String(64), index=True)
    """Of the picture, which its address names."""

    code_sha256: Mapped[str] = mapped_column(String(64), index=True)
    """Of the text in the code, to tell whether a code that somebody has seen was ever ours."""

    added_at: Mapped[datetime]
    content: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    """A PNG."""

    valid_until: Mapped[datetime | None] = mapped_column(default=None)
    """From then on WeChat refuses the code; None where it stays good."""

    ended_at: Mapped[datetime | None] = mapped_column(default=None)
    """When another took its place, or it was withdrawn."""

    warned_at: Mapped[datetime | None] = mapped_column(default=None)
    """When staff were last told that it is about to end, or has."""
