"""WeChat codes."""

from datetime import datetime

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Row
from models.vocabulary import WeChatCodeKind


class WeChatCode(Row):
    """A code or link that WeChat made for us, kept so that it is asked for once.

    The row is there before WeChat is asked: without `made_at`, what came of it is not known.
    """

    __tablename__ = "wechat_codes"
    __table_args__ = (UniqueConstraint("kind", "slug"),)

    kind: Mapped[WeChatCodeKind]
    slug: Mapped[str] = mapped_column(String(64))
    """Of the short link or the channel code that it leads to."""

    scene: Mapped[str] = mapped_column(String(128))
    """What WeChat carries and gives back."""

    asked_at: Mapped[datetime]
    made_at: Mapped[datetime | None] = mapped_column(default=None)
    expires_at: Mapped[datetime | None] = mapped_column(default=None)
    """None for what lasts for ever."""

    ticket: Mapped[str | None] = mapped_column(String(255), default=None)
    """WeChat's own name of an official account's code."""

    url: Mapped[str | None] = mapped_column(String(512), default=None)
    """What a QR code has to say, or the URL link itself."""

    picture: Mapped[bytes | None] = mapped_column(default=None, deferred=True)
    """A mini-program code as a PNG."""

    refused_at: Mapped[datetime | None] = mapped_column(default=None)
    """When WeChat last refused to renew it."""

    refusal: Mapped[str | None] = mapped_column(String(64), default=None)
    """The refusal's code."""
