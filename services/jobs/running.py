"""Running jobs: one loop for both databases."""

import asyncio
from collections import Counter
from datetime import timedelta
from functools import partial

import structlog
from procrastinate.exceptions import ProcrastinateException
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError

from services.jobs.embedded import EmbeddedFeed
from services.jobs.kinds import GiveUp, Registry, Retry, word
from services.jobs.on_postgres import LEASE, PostgresFeed
from services.jobs.queueing import rows_of
from services.jobs.rows import Claimed, Ending, Feed, Rows, Ticket
from services.jobs.runs import LeaseLost, Run
from services.jobs.schedules import Timetable
from services.jobs.verdicts import Standing, Verdict
from services.runtime.bell import Bell
from services.runtime.clock import Clock, utc_now
from services.runtime.database import Database

CONCURRENCY = 4

SWEEP_SECONDS = 1.0
"""Between two looks for jobs that nobody runs and for schedules whose turn has come."""

PAUSE_SECONDS = 1.0
"""After the database refused us."""

GRACE = timedelta(seconds=5)
"""How long jobs may go on after a stop; together with the rest of a stop it stays under 10 s."""

RELEASE_SECONDS = 2.0
"""How long jobs that were cut off may take to be given back."""

TIDY_SECONDS = 3600.0

KEPT = timedelta(days=90)
"""How long dead and expired jobs are kept."""

DATABASE_TROUBLE = (SQLAlchemyError, ProcrastinateException, OSError)

log = structlog.get_logger(__name__)


class Runner:
    """Takes jobs that are due and runs a few of them at a time."""

    def __init__(
        self,
        database: Database,
        registry: Registry,
        *,
        feed: Feed,
        rows: Rows,
        clock: Clock,
        machine: Clock,
        grace: timedelta,
    ) -> None:
        """Run nothing yet."""
        self._database = database
        self._registry = registry
        self._clock = clock
        self._feed = feed
        self._rows = rows
        self._machine = machine
        self._grace = grace
        self._bell = Bell()
        self._running: dict[Ticket, asyncio.Task[None]] = {}
        self._timetable = Timetable(database, registry.schedules)
        self._swept = self._tidied = float("-inf")
        self.attempts = 0
        """How many were begun in this process."""

        self.outcomes: Counter[str] = Counter()
        """How attempts ended in this process: done, put_back, dead, expired or lost."""

    @property
    def kinds(self) -> frozenset[str]:
        """The names of what it runs."""
        return frozenset(self._registry)

    async def run(self, stop: asyncio.Event) -> None:
        """Run jobs until told to stop; then give running ones a short grace, and release them."""
        async with self._feed.opened(self._bell):
            try:
                while not stop.is_set():
                    pause = await self._turn()
                    await self._bell.heard(stop, within=pause)
            finally:
                await self._wind_up()

    async def run_due(self) -> int:
        """Sweep once, run what is due and what that queues; tell how many attempts it took."""
        before = self.attempts
        async with self._feed.opened(self._bell):
            try:
                await self._sweep()
                while await self._take():
                    await asyncio.wait(self._running.values())
            finally:
                await self._wind_up()
        return self.attempts - before

    async def queue_scheduled(self) -> int:
        """Queue the repeated jobs whose turn has come, and tell how many."""
        return await self._timetable.queue_due(machine_now=self._machine())

    async def tidy(self) -> int:
        """Take away the dead and expired jobs that were kept long enough, and tell how many."""
        async with self._database.writer.begin() as connection:
            return await self._rows.forget(connection, self._clock() - KEPT)

    async def _sweep(self) -> None:
        """Give back the jobs that nobody runs any more."""
        for job in await self._feed.orphans(self._running.keys()):
            await self._settle(job, Standing(job, self._clock()).orphaned())

    async def _turn(self) -> float:
        """Do what there is to do now, and tell how many seconds to wait for more."""
        try:
            await self._look_around(asyncio.get_running_loop().time())
            await self._take()
        except DATABASE_TROUBLE as error:
            log.warning("jobs_halted", error=type(error).__name__)
            return PAUSE_SECONDS
        return self._feed.poll_seconds

    async def _look_around(self, seconds: float) -> None:
        if seconds - self._swept >= SWEEP_SECONDS:
            await self._sweep()
            await self.queue_scheduled()
            self._swept = seconds
        if seconds - self._tidied >= TIDY_SECONDS:
            await self.tidy()
            self._tidied = seconds

    async def _take(self) -> int:
        """Start as many due jobs as there is room for, and tell how many."""
        free = CONCURRENCY - len(self._running)
        if free == 0:
            return 0
        jobs = await self._feed.claim(self._registry, now=self._clock(), limit=free)
        for job in jobs:
            task = asyncio.create_task(self._work(job), name=f"{job.kind} {job.id}")
            self._running[job.ticket] = task
            task.add_done_callback(partial(self._ended, job.ticket))
        return len(jobs)

    def _ended(self, ticket: Ticket, _task: asyncio.Task[None]) -> None:
        del self._running[ticket]
        self._bell.ring()

    async def _work(self, job: Claimed) -> None:
        """Run one job and settle what becomes of it."""
        try:
            verdict = Standing(job, self._clock()).unfit() or await self._attempt(job)
        except asyncio.CancelledError:
            verdict = Standing(job, self._clock()).released()
        if verdict is None:
            return
        try:
            await self._settle(job, verdict)
        except DATABASE_TROUBLE as error:
            # It goes on counting as running, until the sweep finds that nobody runs it.
            log.warning("job_not_settled", kind=job.kind, job=job.id, error=type(error).__name__)

    async def _attempt(self, job: Claimed) -> Verdict | None:
        """Run one job, and tell what is to become of it; None when nothing is left to be done."""
        self.attempts += 1
        kind = self._registry[job.kind]
        run = Run(job, self._database, self._rows, self._clock)
        try:
            async with asyncio.timeout(kind.timeout.total_seconds()):
                await kind.run(run)
                await self._close(run)
        except LeaseLost:
            log.warning("job_lost", kind=job.kind, job=job.id, attempt=job.attempt)
            self.outcomes["lost"] += 1
            return None
        except Exception as error:  # noqa: BLE001 - whatever a job raises, the others go on
            _complain(job, error)
            if not run.closed:
                return Standing(job, self._clock()).failed(error, kind)
        self.outcomes["done"] += 1
        return None

    async def _close(self, run: Run) -> None:
        """Finish a job that had no effect of its own to finish with."""
        if not run.closed:
            async with run.closing():
                pass

    async def _settle(self, job: Claimed, verdict: Verdict) -> None:
        """Write down what becomes of a job, if it is still its taker's."""
        async with self._database.writer.begin() as connection:
            if isinstance(verdict, Ending):
                settled = await self._rows.bury(connection, job, verdict)
            else:
                settled = await self._rows.put_back(connection, job, verdict)
        if settled:
            outcome = verdict.state.value if isinstance(verdict, Ending) else "put_back"
            self.outcomes[outcome] += 1
            log.info("job_settled", kind=job.kind, job=job.id, outcome=outcome, error=verdict.error)

    async def _wind_up(self) -> None:
        """Let running jobs end within the grace; cut the others off, which releases them."""
        if self._running:
            await asyncio.wait(self._running.values(), timeout=self._grace.total_seconds())
        cut_off = list(self._running.values())
        for task in cut_off:
            task.cancel()
        if cut_off:
            await asyncio.wait(cut_off, timeout=RELEASE_SECONDS)


def runner(
    database: Database,
    registry: Registry,
    *,
    clock: Clock,
    machine: Clock = utc_now,
    lease: timedelta = LEASE,
    grace: timedelta = GRACE,
) -> Runner:
    """Make what runs jobs on a database: in the serving process on SQLite, else in a worker."""
    feed: Feed = EmbeddedFeed(database)
    if not database.is_sqlite:
        feed = PostgresFeed(database, lease=lease)
    return Runner(
        database,
        registry,
        feed=feed,
        rows=rows_of(database.writer.dialect.name),
        clock=clock,
        machine=machine,
        grace=grace,
    )


def _complain(job: Claimed, error: Exception) -> None:
    """Say what went wrong: in full where nobody expected it."""
    foreseen = isinstance(error, Retry | GiveUp | TimeoutError | OperationalError | InterfaceError)
    log.warning(
        "job_failed",
        kind=job.kind,
        job=job.id,
        attempt=job.attempt,
        error=word(error),
        # What a database says when it is full or away; it names tables, never what is in them.
        reason=str(error.orig) if isinstance(error, OperationalError | InterfaceError) else None,
        exc_info=None if foreseen else error,
    )
