"""Channel codes."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Row


class ChannelCode(Row):
    """A printed code: one short link in one place, so that its scans can be told apart.

    `/r/{slug}` is what the print says. It stays for ever; where it leads is its link's business.
    """

    __tablename__ = "channel_codes"
    __table_args__ = (UniqueConstraint("link_slug", "channel", "label"),)

    slug: Mapped[str] = mapped_column(String(16), unique=True)
    link_slug: Mapped[str] = mapped_column(ForeignKey("short_links.slug"))
    channel: Mapped[str] = mapped_column(ForeignKey("channels.code"))
    label: Mapped[str] = mapped_column(String(80))
    """Which one of several in the channel, in the maker's words: 郑州展台 3 号海报."""

    created_at: Mapped[datetime]
    disabled: Mapped[bool] = mapped_column(default=False)
