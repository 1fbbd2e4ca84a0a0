"""A database with jobs, and runners whose work each test sets."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from services import jobs
from services.jobs import Listed
from services.runtime.database import Database
from tests.support import effects
from tests.support.clocks import SetClock

MINUTE = timedelta(minutes=1)

LONG_SECONDS = 20
"""For what should take milliseconds: only a fault takes longer."""

Work = Callable[[jobs.Run], Awaitable[None]]


@dataclass
class JobHouse:
    """A database, and one kind of job."""

    database: Database
    clock: SetClock
    work: Work
    machine: SetClock = field(default_factory=lambda: SetClock(datetime(2026, 6, 1, tzinfo=UTC)))

    def runner(self, *, grace: timedelta = MINUTE, timeout: timedelta = MINUTE) -> jobs.Runner:
        async def work(run: jobs.Run) -> None:
            await self.work(run)

        kind = jobs.Kind(name="note", run=work, attempts=3, timeout=timeout)
        registry = jobs.Registry([kind], [jobs.Schedule(kind="note", every=MINUTE)])
        return jobs.runner(
            self.database, registry, clock=self.clock, machine=self.machine, grace=grace
        )

    async def run_due(self) -> int:
        return await self.runner().run_due()

    async def enqueue(
        self,
        name: str = "one",
        *,
        key: str | None = None,
        run_at: datetime | None = None,
        deadline: datetime | None = None,
    ) -> None:
        async with self.database.transaction() as db:
            await jobs.enqueue(db, "note", key=key, run_at=run_at, deadline=deadline, name=name)

    async def listed(self) -> list[Listed]:
        async with self.database.snapshot() as db:
            return await jobs.listed(db)

    async def effects(self) -> list[str]:
        return await effects.found(self.database)

    @asynccontextmanager
    async def running(self, *, grace: timedelta = MINUTE) -> AsyncIterator[None]:
        """Let a runner run meanwhile."""
        stop = asyncio.Event()
        task = asyncio.create_task(self.runner(grace=grace).run(stop))
        try:
            async with asyncio.timeout(LONG_SECONDS):
                yield
        finally:
            stop.set()
            await task

    async def declare_workers_dead(self) -> None:
        """Let all workers be taken for dead; on SQLite the jobs of other runners always are."""
        if not self.database.is_sqlite:
            async with self.database.transaction() as db:
                await db.execute(text("DELETE FROM procrastinate_workers"))

    async def rename_jobs(self, *, away: bool) -> None:
        """Take the table of jobs away, or bring it back."""
        table = "jobs" if self.database.is_sqlite else "procrastinate_jobs"
        old, new = (table, "gone") if away else ("gone", table)
        async with self.database.transaction() as db:
            await db.execute(text(f"ALTER TABLE {old} RENAME TO {new}"))


async def note(run: jobs.Run) -> None:
    """Leave an effect, and be done in the same transaction."""
    async with run.closing() as db:
        await effects.leave(db, str(run.payload["name"]))


async def nothing(_run: jobs.Run) -> None:
    """Have no effect."""


async def fail(_run: jobs.Run) -> None:
    """Fail in a way that no kind of job foresees."""
    message = "nothing but a test"
    raise RuntimeError(message)


async def give_up(_run: jobs.Run) -> None:
    """Be beyond help."""
    reason = "blocked"
    raise jobs.GiveUp(reason)
