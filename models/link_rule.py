"""Link rules."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import ContentRow
from models.vocabulary import RuleTarget


class LinkRule(ContentRow):
    """Where a short link leads instead: for some clients, in some states of the round, for a time.

    The first rule of a link that fits wins. An empty list, and an instant that is not given, fit
    everything.
    """

    __tablename__ = "link_rules"
    __table_args__ = (
        UniqueConstraint("link_id", "key"),
        CheckConstraint(
            "(target_kind IN ('hub', 'landing')) = (target IS NULL)", name="target_where_needed"
        ),
        CheckConstraint("begins_at < ends_at", name="begins_before_it_ends"),
    )

    link_id: Mapped[UUID] = mapped_column(ForeignKey("short_links.id"), index=True)
    key: Mapped[str] = mapped_column(String(40))
    position: Mapped[int]
    """Among all rules of the pack, from 0: the order in which they are asked."""

    clients: Mapped[list[str]]
    states: Mapped[list[str]]
    """Of the round that is current when the link is followed."""

    target_kind: Mapped[RuleTarget]
    target: Mapped[str | None] = mapped_column(String(2000), default=None)
    begins_at: Mapped[datetime | None] = mapped_column(default=None)
    ends_at: Mapped[datetime | None] = mapped_column(default=None)
    """From here on the rule no longer fits."""
