"""Jobs as rows: what is kept of them, and what can be done with them in somebody's transaction."""

from collections.abc import Collection, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from models.vocabulary import JobState
from services.runtime.bell import Bell

LONGEST_ID = 128
"""A payload carries ids; whatever is longer is something else."""

MARK = "asi_job_queued"
"""Set on a connection that a job was queued over, so that a runner in this process is woken."""


@dataclass(frozen=True, kw_only=True)
class Order:
    """A job to be queued."""

    kind: str
    payload: Mapping[str, str | int]
    queued_at: datetime
    """By the machine's time."""

    key: str | None = None
    run_at: datetime | None = None
    deadline: datetime | None = None

    def __post_init__(self) -> None:
        """Hold the caller to what a payload is.

        Raises:
            ValueError: a text where an id belongs, or an instant without a zone: a fault of ours.
        """
        texts = [value for value in self.payload.values() if isinstance(value, str)]
        instants = [instant for instant in (self.run_at, self.deadline) if instant is not None]
        if any(len(value) > LONGEST_ID for value in texts):
            message = f"A job of kind {self.kind} carries something longer than an id."
            raise ValueError(message)
        if any(instant.tzinfo is None for instant in instants):
            message = f"A job of kind {self.kind} has an instant without a zone."
            raise ValueError(message)


@dataclass(frozen=True, kw_only=True)
class Claimed:
    """A job that was taken to be run."""

    id: int
    kind: str
    payload: Mapping[str, str | int]
    attempt: int
    """How often it was started, this time included: whoever took it later has a higher number."""

    failures: int
    interruptions: int
    run_at: datetime | None
    deadline: datetime | None
    worker: int | None = None
    """On PostgreSQL, the worker that took it."""

    @property
    def ticket(self) -> "Ticket":
        """What tells this attempt from all others."""
        return self.id, self.attempt


Ticket = tuple[int, int]
"""A job's number, and how often it was started: held by whoever runs it."""


@dataclass(frozen=True, kw_only=True)
class PutBack:
    """How a job goes back to those that wait."""

    run_at: datetime | None
    """None: at once."""

    wait: timedelta
    """From now to `run_at`, for a database that goes by its own clock."""

    failures: int
    interruptions: int
    error: str | None
    """None leaves the last one as it is."""


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How a job ends that was not done."""

    state: JobState
    error: str
    at: datetime
    failures: int


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A job as staff see it."""

    id: int
    kind: str
    state: JobState
    key: str | None
    payload: Mapping[str, str | int]
    queued_at: datetime
    run_at: datetime | None
    deadline: datetime | None
    attempts: int
    failures: int
    error: str | None
    ended_at: datetime | None


class Show(StrEnum):
    """Which jobs somebody wants to see."""

    DUE = "due"
    """Waiting, and their time has come."""

    RUNNING = "running"
    WAITING = "waiting"
    FAILED = "failed"
    """Waiting to be tried again."""

    DEAD = "dead"
    EXPIRED = "expired"


@dataclass(frozen=True, kw_only=True)
class Figures:
    """How many jobs there are, and whether they keep up."""

    waiting: int
    due: int
    running: int
    dead: int
    expired: int
    retried: int
    """Of those that wait, the ones that failed before."""

    oldest_due_seconds: float
    """For how long the job that is due longest has waited; 0 when none is due."""


class Feed(Protocol):
    """Where the jobs to run come from, for one process."""

    @property
    def poll_seconds(self) -> float:
        """How often to look for jobs that no bell tells of."""

    def opened(self, bell: Bell) -> AbstractAsyncContextManager[None]:
        """Be ready to give jobs, and ring the bell when there may be new ones."""

    async def claim(self, kinds: Collection[str], *, now: datetime, limit: int) -> list[Claimed]:
        """Take jobs that are due, oldest first."""

    async def orphans(self, running: Collection[Ticket]) -> list[Claimed]:
        """Give the jobs that count as running and are run by nobody; `running` is what we run."""


class Rows(Protocol):
    """What can be done with jobs over a connection, in the transaction that it is in."""

    async def enqueue(self, connection: AsyncConnection, order: Order) -> None:
        """Queue a job; nothing happens when one with its key waits already."""

    async def waiting_keys(self, connection: AsyncConnection, kind: str) -> set[str]:
        """Give the keys of the jobs of a kind that wait."""

    async def holds(self, connection: AsyncConnection, job: Claimed) -> bool:
        """Tell whether a job is still its taker's, and keep it so until the transaction's end."""

    async def finish(self, connection: AsyncConnection, job: Claimed) -> bool:
        """Take a job away as done; False when it is no longer its taker's."""

    async def put_back(self, connection: AsyncConnection, job: Claimed, back: PutBack) -> bool:
        """Let a job wait again; False when it is no longer its taker's.

        When another with its key waits, that one does the work, and this one goes.
        """

    async def bury(self, connection: AsyncConnection, job: Claimed, ending: Ending) -> bool:
        """Keep a job as dead or expired; False when it is no longer its taker's."""

    async def listed(
        self, connection: AsyncConnection, states: Collection[JobState], limit: int
    ) -> list[Listed]:
        """Give the jobs in some states, oldest first."""

    async def page(
        self, connection: AsyncConnection, show: Show, *, now: datetime, after: int, limit: int
    ) -> list[Listed]:
        """Give the jobs of one sort, oldest first, from the one after a number on."""

    async def one(self, connection: AsyncConnection, job_id: int) -> Listed | None:
        """Give one job."""

    async def revive(self, connection: AsyncConnection, job_id: int) -> bool:
        """Let a dead job wait again, its failures forgiven; False when there is none."""

    async def remove(self, connection: AsyncConnection, job_id: int) -> bool:
        """Take a job away that nobody runs; False when there is none."""

    async def forget(self, connection: AsyncConnection, before: datetime) -> int:
        """Take away the dead and expired jobs that ended before an instant, and count them."""

    async def figures(
        self, connection: AsyncConnection, *, now: datetime, machine_now: datetime
    ) -> Figures:
        """Count the jobs."""


def age(
    run_at: datetime | None, *, now: datetime, queued_at: datetime | None, machine_now: datetime
) -> float:
    """Give the seconds since the older of two: one by the clock, the other by the machine."""
    by_clock = (now - run_at).total_seconds() if run_at else 0.0
    by_machine = (machine_now - queued_at).total_seconds() if queued_at else 0.0
    return max(by_clock, by_machine, 0.0)
