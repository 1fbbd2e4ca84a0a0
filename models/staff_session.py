"""Staff sessions."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Row


class StaffSession(Row):
    """That a browser is logged in at the desk. Its token is nowhere, only the token's SHA-256."""

    __tablename__ = "staff_sessions"

    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("staff_accounts.id"), index=True)
    begun_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    """By the machine's time, like the others; written at most once a minute."""

    expires_at: Mapped[datetime]
    client: Mapped[str] = mapped_column(String(120))
    """The browser as its user agent names it, for its owner to know it again."""

    passed: Mapped[bool] = mapped_column(default=False)
    """Whether all factors were shown; before that, a session opens nothing but their pages."""
