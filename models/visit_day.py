"""Visit days."""

from datetime import date

from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class VisitDay(Base):
    """A Beijing day on which somebody came, and the salt of its marks."""

    __tablename__ = "visit_days"

    day_on: Mapped[date] = mapped_column(primary_key=True)
    salt: Mapped[bytes | None]
    """Random, of this day alone; None once the day has been counted, and nobody has it then."""
