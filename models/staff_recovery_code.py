"""Recovery codes of staff."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Row


class StaffRecoveryCode(Row):
    """A code that stands in for the second factor, once."""

    __tablename__ = "staff_recovery_codes"

    account_id: Mapped[UUID] = mapped_column(ForeignKey("staff_accounts.id"), index=True)
    code_index: Mapped[bytes]
    """A digest under a key: of what was shown once, nothing else is kept."""

    used_at: Mapped[datetime | None] = mapped_column(default=None)
