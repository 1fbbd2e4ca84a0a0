"""The revision."""

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class Revision(Base):
    """A single row, counted up by every change to what the public sees.

    Each process looks at it every 250 ms and forgets its prepared answers when it has moved.
    """

    __tablename__ = "revisions"
    __table_args__ = (CheckConstraint("id = 1", name="single_row"),)

    number: Mapped[int]
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=1)
