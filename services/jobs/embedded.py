"""Where the serving process takes jobs from on SQLite.

There is one such process, held to it by the lock on the database. So a job that counts as running
and that we do not run was left behind by a process that is gone: no lease has to run out first, and
no clock is asked.
"""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from datetime import datetime

from sqlalchemy import event, select, update
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from models import Job
from models.vocabulary import JobState
from services.jobs.rows import MARK, Claimed, Ticket
from services.jobs.sqlite_rows import RUNNING, WAITING, is_due
from services.runtime.bell import Bell
from services.runtime.database import Database

TAKEN = (
    Job.id,
    Job.kind,
    Job.payload,
    Job.attempts.label("attempt"),
    Job.failures,
    Job.interruptions,
    Job.run_at,
    Job.deadline,
)


class EmbeddedFeed:
    """Takes jobs from the table, over the one connection that writes."""

    poll_seconds = 0.2
    """For jobs that become due by time, or that a command queued."""

    def __init__(self, database: Database) -> None:
        """Open nothing yet."""
        self._database = database

    @asynccontextmanager
    async def opened(self, bell: Bell) -> AsyncIterator[None]:
        """Ring the bell when a connection over which a job was queued is given back.

        Not when the commit begins, which is what SQLAlchemy tells of: it is too early by a commit.
        """

        def given_back(_connection: DBAPIConnection | None, entry: ConnectionPoolEntry) -> None:
            if entry.info.pop(MARK, False):
                bell.ring()

        pool = self._database.writer.sync_engine
        event.listen(pool, "checkin", given_back)
        try:
            yield
        finally:
            event.remove(pool, "checkin", given_back)

    async def claim(self, kinds: Collection[str], *, now: datetime, limit: int) -> list[Claimed]:
        """Take jobs that are due, oldest first; looks before it takes its turn to write."""
        due = select(Job.id).where(WAITING, is_due(now), Job.kind.in_(kinds))
        oldest = due.order_by(Job.id).limit(limit)
        async with self._database.snapshot() as db:
            if await db.scalar(oldest) is None:
                return []
        async with self._database.writer.begin() as connection:
            taken = await connection.execute(
                update(Job)
                .where(Job.id.in_(oldest))
                .values(state=JobState.RUNNING, attempts=Job.attempts + 1)
                .returning(*TAKEN)
            )
        return sorted((Claimed(**row._asdict()) for row in taken), key=lambda job: job.id)

    async def orphans(self, running: Collection[Ticket]) -> list[Claimed]:
        """Give the jobs that count as running and are not."""
        async with self._database.snapshot() as db:
            found = await db.execute(select(*TAKEN).where(RUNNING).order_by(Job.id))
            left = [Claimed(**row._asdict()) for row in found]
        return [job for job in left if job.ticket not in running]
