"""Repeated jobs: once a period, by whichever process moves the turn on first."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import JobSchedule
from services.jobs.kinds import Schedule
from services.jobs.queueing import enqueue
from services.runtime.database import Database
from services.runtime.dialects import insert

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Turns:
    """When a repeated job was queued last, and when it is queued next."""

    schedule: Schedule
    last_at: datetime | None
    """The beginning of its last turn; None where it never had one here."""

    next_at: datetime


async def turns(
    db: AsyncSession, *, schedules: Iterable[Schedule], machine_now: datetime
) -> list[Turns]:
    """Tell when the repeated jobs had their turn, the most frequent first."""
    rows = await db.execute(select(JobSchedule.kind, JobSchedule.turn))
    taken = {row.kind: row.turn for row in rows}
    found = []
    for schedule in sorted(schedules, key=lambda one: (one.every, one.kind)):
        now, last = (machine_now - BEGINNING) // schedule.every, taken.get(schedule.kind)
        last_at = None if last is None else BEGINNING + last * schedule.every
        # A turn that nobody has taken yet is due at once.
        coming = now + 1 if last is not None and last >= now else now
        found.append(Turns(schedule, last_at, BEGINNING + coming * schedule.every))
    return found


class Timetable:
    """The schedules of one process, and the turns it has seen."""

    def __init__(self, database: Database, schedules: Iterable[Schedule]) -> None:
        """Begin with no turn seen."""
        self._database = database
        self._schedules = tuple(schedules)
        self._seen: dict[str, int] = {}

    async def queue_due(self, *, machine_now: datetime) -> int:
        """Queue the jobs whose turn has come and that no other process queued; tell how many."""
        queued = 0
        for schedule in self._schedules:
            turn = (machine_now - BEGINNING) // schedule.every
            if self._seen.get(schedule.kind) == turn:
                continue
            async with self._database.transaction() as db:
                queued += await _queue_once(db, schedule.kind, turn)
            self._seen[schedule.kind] = turn
        return queued


async def _queue_once(db: AsyncSession, kind: str, turn: int) -> bool:
    if not await _move_on(db, kind, turn):
        return False
    await enqueue(db, kind, key=f"schedule:{kind}")
    return True


async def _move_on(db: AsyncSession, kind: str, turn: int) -> bool:
    """Take a turn; False when it was taken.

    A turn far ahead of us was taken before the machine's time was set back: it must not hold us up
    until then.
    """
    statement = insert(db, JobSchedule).values(kind=kind, turn=turn)
    earlier = or_(JobSchedule.turn < turn, JobSchedule.turn > turn + 1)
    moved = await db.execute(
        statement.on_conflict_do_update(
            index_elements=[JobSchedule.kind], set_={"turn": turn}, where=earlier
        ).returning(JobSchedule.kind)
    )
    return moved.first() is not None
