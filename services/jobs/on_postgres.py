"""Where a worker takes jobs from on PostgreSQL: Procrastinate hands them out.

A worker shows that it lives by a heartbeat. When it falls silent, its jobs are given to others, and
what it still does for them is rolled back.
"""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta

import psycopg
from procrastinate import PsycopgConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Notification
from procrastinate.manager import JobManager
from sqlalchemy import text

from services.jobs.postgres_rows import claimed
from services.jobs.rows import Claimed, Ticket
from services.runtime.bell import Bell
from services.runtime.clock import utc_now
from services.runtime.database import Database, server_url

LEASE = timedelta(seconds=30)
"""How long a worker may be silent before its jobs are given to others."""

LISTEN_AGAIN_SECONDS = 1.0

CONNECT_SECONDS = 5.0
"""How long to wait for a connection before the database counts as gone."""

CLOCKS_AGREE = timedelta(seconds=1)

_FOLLOW_OUR_CLOCK = text(
    "WITH timed AS (SELECT id, CAST(args->>'run_at' AS timestamptz) AS run_at"
    " FROM procrastinate_jobs WHERE status = 'todo' AND scheduled_at IS NOT NULL)"
    " UPDATE procrastinate_jobs AS job SET scheduled_at = now() + (timed.run_at - :now)"
    " FROM timed WHERE job.id = timed.id AND job.status = 'todo'"
    " AND (job.scheduled_at <= now()) <> (timed.run_at <= :now)"
)


class PostgresFeed:
    """Takes jobs through Procrastinate, as one of its workers."""

    poll_seconds = 1.0
    """PostgreSQL tells of new jobs; this is for those that become due by time."""

    def __init__(self, database: Database, *, lease: timedelta = LEASE) -> None:
        """Open nothing yet."""
        self._database = database
        self._lease = lease.total_seconds()
        self._connector = PsycopgConnector(
            conninfo=server_url(database.url),
            min_size=1,
            max_size=2,
            timeout=CONNECT_SECONDS,
        )
        self._manager = JobManager(self._connector)
        self._worker = 0

    @asynccontextmanager
    async def opened(self, bell: Bell) -> AsyncIterator[None]:
        """Be known as a worker, and ring the bell when PostgreSQL tells of a new job."""
        await self._connector.open_async()
        try:
            self._worker = await self._manager.register_worker()
            listening = asyncio.create_task(self._listen(bell))
            try:
                yield
            finally:
                listening.cancel()
                await asyncio.gather(listening, return_exceptions=True)
                # Where the database is gone too, the silence says it.
                with suppress(ConnectorException, psycopg.Error, OSError):
                    await self._manager.unregister_worker(self._worker)
        finally:
            await self._connector.close_async()

    async def claim(self, kinds: Collection[str], *, now: datetime, limit: int) -> list[Claimed]:
        """Take jobs that are due, oldest first; begin anew as a worker if we were struck off."""
        await self._follow(now)
        taken: list[Claimed] = []
        try:
            while len(taken) < limit:
                job = await self._manager.fetch_job(list(kinds), self._worker)
                if job is None:
                    break
                taken.append(claimed(job))
        except ConnectorException as error:
            if not isinstance(error.__cause__, psycopg.errors.ForeignKeyViolation):
                raise
            self._worker = await self._manager.register_worker()
        return taken

    async def orphans(self, running: Collection[Ticket]) -> list[Claimed]:
        """Show that we live, then give the jobs of workers that do not, and what we have lost."""
        await self._manager.update_heartbeat(self._worker)
        await self._manager.prune_stalled_workers(self._lease)
        stalled = await self._manager.get_stalled_jobs(seconds_since_heartbeat=self._lease)
        ours = await self._manager.list_jobs_async(worker_id=self._worker, status="doing")
        found = {job.ticket: job for job in map(claimed, [*stalled, *ours])}
        return [job for ticket, job in found.items() if ticket not in running]

    async def _follow(self, now: datetime) -> None:
        """Where our clock is not PostgreSQL's, let those jobs be due that are due by ours."""
        if abs(now - utc_now()) > CLOCKS_AGREE:
            async with self._database.writer.begin() as connection:
                await connection.execute(_FOLLOW_OUR_CLOCK, {"now": now})

    async def _listen(self, bell: Bell) -> None:
        async def hear(*, channel: str, notification: Notification) -> None:
            del channel, notification
            bell.ring()

        while True:
            with suppress(ConnectorException, psycopg.Error, OSError):
                await self._manager.listen_for_jobs(on_notification=hear)
            await asyncio.sleep(LISTEN_AGAIN_SECONDS)
