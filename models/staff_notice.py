"""Staff notices."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Row
from models.vocabulary import NoticeState, StaffNoticeKind

_OPEN = text("state IN ('planned', 'sending')")


class StaffNotice(Row):
    """One message to those who work here by one way: numbers only, nobody's name or words."""

    __tablename__ = "staff_notices"
    __table_args__ = (
        UniqueConstraint("key", "way", name="uq_staff_notices_once"),
        Index("ix_staff_notices_open", "planned_at", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_staff_notices_kind", "kind", "planned_at"),
    )

    key: Mapped[str] = mapped_column(String(80))
    """What it is about, such as where the news before it ended: each is told once by each way."""

    way: Mapped[str] = mapped_column(String(20))
    """`robot`, or `mail-2` for the second address of the settings."""

    kind: Mapped[StaffNoticeKind]
    planned_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    """From then on it is not sent."""

    said: Mapped[dict[str, Any]]
    """The numbers it tells, and ids of ours."""

    covers_until: Mapped[datetime | None] = mapped_column(default=None)
    """News only: what came in until then is told; the next one begins there."""

    warns_until: Mapped[datetime | None] = mapped_column(default=None)
    """News only: windows that shut until then have been warned of."""

    state: Mapped[NoticeState] = mapped_column(default=NoticeState.PLANNED)
    attempts: Mapped[int] = mapped_column(default=0)
    began_at: Mapped[datetime | None] = mapped_column(default=None)
    finished_at: Mapped[datetime | None] = mapped_column(default=None)
    reason: Mapped[str | None] = mapped_column(String(40), default=None)
    """One word for why it was not sent."""
