"""Figures of staff notices: how many went wrong lately, and how the last one went."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import StaffNotice
from models.vocabulary import NoticeState
from services.runtime.clock import Clock
from services.runtime.database import Database
from services.runtime.recounts import Recount
from services.staff_notices.planning import OPEN

SECONDS = 60.0
LATELY = timedelta(hours=1)
UNDELIVERED = (NoticeState.FAILED, NoticeState.NONE, NoticeState.UNKNOWN)


async def last(db: AsyncSession) -> StaffNotice | None:
    """Give the notice that ended last; None where none ever did."""
    found: StaffNotice | None = await db.scalar(
        select(StaffNotice)
        .where(StaffNotice.state.not_in(OPEN))
        .order_by(StaffNotice.finished_at.desc(), StaffNotice.id)
        .limit(1)
    )
    return found


async def undelivered(db: AsyncSession, *, now: datetime) -> int:
    """Count what surely or perhaps did not arrive within the last hour, by whichever way."""
    asked = select(func.count(StaffNotice.id)).where(
        StaffNotice.state.in_(UNDELIVERED),
        StaffNotice.finished_at > now - LATELY,
        StaffNotice.reason != "gone",
    )
    return await db.scalar(asked) or 0


class StaffNoticeFigures(Recount):
    """Counts what did not arrive."""

    def __init__(self, database: Database, *, clock: Clock) -> None:
        """Begin with none."""
        super().__init__(database, seconds=SECONDS)
        self._clock = clock
        self.undelivered = 0

    @property
    def gauges(self) -> Mapping[str, Callable[[], int]]:
        """The figures by the names under which they are shown."""
        return {"asi_staff_notices_undelivered": lambda: self.undelivered}

    async def _count_in(self, db: AsyncSession) -> None:
        self.undelivered = await undelivered(db, now=self._clock())
