"""Counts of attempts."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class AttemptCount(Base):
    """How often something was tried since an instant, for what may not be tried too often."""

    __tablename__ = "attempt_counts"

    key: Mapped[bytes] = mapped_column(primary_key=True)
    """A digest under a key, of what is counted and for whom: names neither."""

    since: Mapped[datetime]
    """By the machine's time."""

    number: Mapped[int]
