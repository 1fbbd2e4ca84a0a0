"""Short links."""

from datetime import datetime

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import ContentRow
from models.bilingual import Bilingual
from models.vocabulary import LinkTarget


class ShortLink(ContentRow):
    """An address made to be printed: `/r/{slug}` stays, what it leads to may change."""

    __tablename__ = "short_links"
    __table_args__ = (
        CheckConstraint("(target_kind = 'hub') = (target IS NULL)", name="target_unless_hub"),
    )

    slug: Mapped[str] = mapped_column(String(64), unique=True)
    target_kind: Mapped[LinkTarget]
    title: Mapped[Bilingual]
    target: Mapped[str | None] = mapped_column(String(2000), default=None)
    """A path of ours, or an https address; None for the hub, which the current round names."""

    expires_at: Mapped[datetime | None] = mapped_column(default=None)
    disabled: Mapped[bool] = mapped_column(default=False)
