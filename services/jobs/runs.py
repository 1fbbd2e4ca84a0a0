"""One job being run: who holds it, and how it is brought to its end."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import stamina
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncSession

from services.jobs.rows import Claimed, Rows
from services.runtime.clock import Clock
from services.runtime.database import Database

Payload = Mapping[str, str | int]
Write = Callable[[AsyncSession], Awaitable[None]]

AWAY = (OperationalError, InterfaceError, PoolTimeout)
"""What the database says when it may be back in a moment."""

ATTEMPTS = 6
FIRST_WAIT = timedelta(seconds=0.2)
LONGEST_WAIT = timedelta(seconds=5)
JITTER = timedelta(seconds=0.2)
PATIENCE = timedelta(seconds=15)
"""How long `keep` goes on; a job has a minute in all, and its call has used some of it."""


class LeaseLost(Exception):
    """Somebody else may be running this job: whatever was done in the transaction is undone."""


@dataclass
class Run:
    """One attempt at one job, as its kind sees it."""

    job: Claimed
    database: Database
    rows: Rows
    clock: Clock
    closed: bool = False
    """Whether its last transaction is committed."""

    @property
    def payload(self) -> Payload:
        """The ids it was queued with."""
        return self.job.payload

    @property
    def attempt(self) -> int:
        """How often it was started, this time included."""
        return self.job.attempt

    @property
    def deadline(self) -> datetime | None:
        """Past this, it is of no use."""
        return self.job.deadline

    @property
    def now(self) -> datetime:
        """The present instant."""
        return self.clock()

    @asynccontextmanager
    async def step(self) -> AsyncIterator[AsyncSession]:
        """Give a transaction in the midst of the work; it is only for who still holds the job.

        Raises:
            LeaseLost
        """
        async with self.database.transaction() as db:
            if not await self.rows.holds(await db.connection(), self.job):
                raise LeaseLost
            yield db

    @asynccontextmanager
    async def closing(self) -> AsyncIterator[AsyncSession]:
        """Give the last transaction: the job is done when, and only when, its effect is committed.

        Raises:
            LeaseLost: also when it was closed already.
        """
        async with self.database.transaction() as db:
            if not await self.rows.finish(await db.connection(), self.job):
                raise LeaseLost
            yield db
        self.closed = True

    async def keep(self, write: Write) -> None:
        """Write down what is known of a call, whoever holds the job by now.

        Again, if the database is away for a moment: `write` has to bear being committed twice.
        """
        async for attempt in stamina.retry_context(
            on=AWAY,
            attempts=ATTEMPTS,
            timeout=PATIENCE,
            wait_initial=FIRST_WAIT,
            wait_max=LONGEST_WAIT,
            wait_jitter=JITTER,
        ):
            with attempt:
                async with self.database.transaction() as db:
                    await write(db)
