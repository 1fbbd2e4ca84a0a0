"""Filled-in forms that were read, and wait for somebody to confirm them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Row


class FeedbackImport(Row):
    """The rows of one form that may be entered; they go with the confirmation, or after a day."""

    __tablename__ = "feedback_imports"

    consultation_id: Mapped[UUID] = mapped_column(ForeignKey("consultations.id"))
    uploaded_by_id: Mapped[UUID] = mapped_column(ForeignKey("staff_accounts.id"))
    uploaded_at: Mapped[datetime]
    sealed_rows: Mapped[bytes]
