"""Link checks."""

from datetime import datetime

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Row
from models.vocabulary import LinkOutcome


class LinkCheck(Row):
    """What is known of one address outside that readers are led to."""

    __tablename__ = "link_checks"
    __table_args__ = (
        CheckConstraint("(failures = 0) = (outcome = 'good')", name="failures_are_counted"),
        CheckConstraint("(failures = 0) = (failing_since IS NULL)", name="failing_has_a_beginning"),
    )

    address: Mapped[str] = mapped_column(String(2000), unique=True)
    outcome: Mapped[LinkOutcome]
    checked_at: Mapped[datetime]
    failures: Mapped[int]
    """How many looks have failed since the last good one."""

    failing_since: Mapped[datetime | None] = mapped_column(default=None)
    status: Mapped[int | None] = mapped_column(default=None)
    """The HTTP status of the last look; None when nobody answered."""

    moved_to: Mapped[str | None] = mapped_column(String(2000), default=None)
    """Where it says that it lives from now on; still allowed."""

    good_at: Mapped[datetime | None] = mapped_column(default=None)
    """When it was good last. What follows is what it gave then."""

    content_type: Mapped[str | None] = mapped_column(String(120), default=None)
    size_bytes: Mapped[int | None] = mapped_column(default=None)
    sha256: Mapped[str | None] = mapped_column(String(64), default=None)
    known_sha256: Mapped[str | None] = mapped_column(String(64), default=None)
    """The file that staff know of: anything else is a change they are told of."""
