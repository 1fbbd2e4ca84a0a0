"""Publishers."""

from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Row
from models.bilingual import Bilingual


class Publisher(Row):
    """Who runs a consultation, as law and readers want to know it.

    Empty fields are facts nobody has told us yet; production refuses to start with them.
    """

    __tablename__ = "publishers"

    consultation_id: Mapped[UUID] = mapped_column(ForeignKey("consultations.id"), unique=True)
    name: Mapped[Bilingual]
    legal_entity: Mapped[Bilingual]
    address: Mapped[Bilingual]
    privacy_email: Mapped[str] = mapped_column(String(200))
    icp_number: Mapped[str] = mapped_column(String(80))
    police_number: Mapped[str] = mapped_column(String(80))
    retention_registrations: Mapped[Bilingual]
    retention_feedback: Mapped[Bilingual]
    retention_messages: Mapped[Bilingual]
    retention_days: Mapped[dict[str, Any]]
    """For how many days each kind of personal data is kept; what is not named is kept on."""
