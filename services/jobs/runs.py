"""One job being run: who holds it, and how it is brought to its end."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.jobs.rows import Claimed, Rows
from services.runtime.clock import Clock
from services.runtime.database import Database

Payload = Mapping[str, str | int]


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
