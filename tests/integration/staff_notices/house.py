"""Those who work here, with a group robot at the simulator and mailboxes."""

from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from sqlalchemy import select, update

from models import FeedbackItem, ReplySettings, StaffNotice
from models.vocabulary import FeedbackSource
from services import jobs
from services.runtime.database import Database
from services.staff_notices import Ways, planning, work
from tests.support.clocks import SetClock

KEY = "693a91f6-7aaa-4bc4-97a0-0ec2abcd5aaa"
DAILY = {
    "time_zone": "Asia/Shanghai",
    "weekdays": [1, 2, 3, 4, 5, 6, 7],
    "begins": time(9).isoformat(),
    "ends": time(18).isoformat(),
    "holidays": [],
    "make_up_days": [],
}


@dataclass
class House:
    """What tests do and look at."""

    database: Database
    clock: SetClock
    ways: Ways

    async def hours(self) -> None:
        """Set working hours from nine to six."""
        async with self.database.transaction() as db:
            await db.execute(update(ReplySettings).values(hours=DAILY))

    async def comment(self, number: int, source: FeedbackSource = FeedbackSource.H5) -> None:
        """Let somebody send feedback."""
        async with self.database.transaction() as db:
            consultation_id = await db.scalar(select(ReplySettings.consultation_id))
            assert consultation_id is not None
            db.add(
                FeedbackItem(
                    consultation_id=consultation_id,
                    receipt=f"ASI-CN-2026-{number:05}",
                    submitted_at=self.clock.now,
                    source=source,
                )
            )

    async def sweep(self) -> int:
        """Plan what is due, as the job does, and tell how much is new."""
        async with self.database.snapshot() as db:
            found = await planning.due(db, ways=self.ways, now=self.clock.now)
        async with self.database.transaction() as db:
            await planning.requeue_stranded(db, now=self.clock.now)
            return await planning.plan(db, found, ways=self.ways.first, now=self.clock.now)

    async def run(self) -> None:
        """Let one worker do what waits."""
        registry = jobs.Registry(work.kinds(self.ways))
        await jobs.runner(self.database, registry, clock=self.clock).run_due()

    async def tell_at(self, instant: datetime) -> None:
        """Let time pass until an instant, sweep and do what that queues."""
        self.clock.now = instant
        await self.sweep()
        await self.run()

    async def told(self) -> list[tuple[Any, ...]]:
        """Give how the notices stand."""
        async with self.database.snapshot() as db:
            rows = await db.scalars(
                select(StaffNotice).order_by(StaffNotice.planned_at, StaffNotice.way)
            )
            return [(row.kind.value, row.way, row.state.value, row.reason) for row in rows]
