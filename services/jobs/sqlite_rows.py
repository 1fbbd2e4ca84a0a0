"""Jobs on SQLite: rows of a small table of our own."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, Delete, Update, and_, delete, func, or_, select, text, update
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from models import Job
from models.vocabulary import JobState
from services.jobs.rows import MARK, Claimed, Ending, Figures, Listed, Order, PutBack, Show, age

WAITING = Job.state == JobState.WAITING
RUNNING = Job.state == JobState.RUNNING


class SqliteRows:
    """Jobs as rows of the table `jobs`."""

    async def enqueue(self, connection: AsyncConnection, order: Order) -> None:
        """Queue a job; nothing happens when one with its key waits already."""
        await connection.execute(
            insert(Job)
            .values(
                kind=order.kind,
                payload=dict(order.payload),
                queued_at=order.queued_at,
                state=JobState.WAITING,
                key=order.key,
                run_at=order.run_at,
                deadline=order.deadline,
                attempts=0,
                failures=0,
                interruptions=0,
            )
            .on_conflict_do_nothing(index_elements=[Job.key], index_where=text("state = 'waiting'"))
        )
        connection.info[MARK] = True

    async def waiting_keys(self, connection: AsyncConnection, kind: str) -> set[str]:
        """Give the keys of the jobs of a kind that wait."""
        chosen = select(Job.key).where(WAITING, Job.kind == kind, Job.key.is_not(None))
        return set(await connection.scalars(chosen))

    async def holds(self, connection: AsyncConnection, job: Claimed) -> bool:
        """Tell whether a job is still its taker's; the one writing connection keeps it so."""
        return await connection.scalar(select(Job.id).where(_held(job))) is not None

    async def finish(self, connection: AsyncConnection, job: Claimed) -> bool:
        """Take a job away as done; False when it is no longer its taker's."""
        return await _hit(connection, delete(Job).where(_held(job)))

    async def put_back(self, connection: AsyncConnection, job: Claimed, back: PutBack) -> bool:
        """Let a job wait again; False when it is no longer its taker's."""
        again = update(Job).values(
            state=JobState.WAITING,
            run_at=back.run_at,
            failures=back.failures,
            interruptions=back.interruptions,
            error=Job.error if back.error is None else back.error,
        )
        return await _wait_again(connection, again, _held(job))

    async def bury(self, connection: AsyncConnection, job: Claimed, ending: Ending) -> bool:
        """Keep a job as dead or expired; False when it is no longer its taker's."""
        ended = update(Job).values(
            state=ending.state, error=ending.error, ended_at=ending.at, failures=ending.failures
        )
        return await _hit(connection, ended.where(_held(job)))

    async def listed(
        self, connection: AsyncConnection, states: Collection[JobState], limit: int
    ) -> list[Listed]:
        """Give the jobs in some states, oldest first."""
        return await _found(connection, Job.state.in_(states), limit)

    async def page(
        self, connection: AsyncConnection, show: Show, *, now: datetime, after: int, limit: int
    ) -> list[Listed]:
        """Give the jobs of one sort, oldest first, from the one after a number on."""
        return await _found(connection, and_(_SHOWN[show](now), Job.id > after), limit)

    async def one(self, connection: AsyncConnection, job_id: int) -> Listed | None:
        """Give one job."""
        return next(iter(await _found(connection, Job.id == job_id, 1)), None)

    async def revive(self, connection: AsyncConnection, job_id: int) -> bool:
        """Let a dead job wait again, its failures forgiven; False when there is none."""
        again = update(Job).values(
            state=JobState.WAITING, run_at=None, failures=0, interruptions=0, ended_at=None
        )
        connection.info[MARK] = True
        dead = and_(Job.id == job_id, Job.state == JobState.DEAD)
        return await _wait_again(connection, again, dead)

    async def remove(self, connection: AsyncConnection, job_id: int) -> bool:
        """Take a job away that nobody runs; False when there is none."""
        return await _hit(connection, delete(Job).where(Job.id == job_id, ~RUNNING))

    async def forget(self, connection: AsyncConnection, before: datetime) -> int:
        """Take away the dead and expired jobs that ended before an instant, and count them."""
        gone = await connection.execute(
            delete(Job).where(Job.ended_at < before, ~WAITING, ~RUNNING).returning(Job.id)
        )
        return len(gone.all())

    async def figures(
        self, connection: AsyncConnection, *, now: datetime, machine_now: datetime
    ) -> Figures:
        """Count the jobs."""
        due = and_(WAITING, is_due(now))
        counted = await connection.execute(
            select(
                func.count().filter(WAITING),
                func.count().filter(due),
                func.count().filter(RUNNING),
                func.count().filter(Job.state == JobState.DEAD),
                func.count().filter(Job.state == JobState.EXPIRED),
                func.count().filter(WAITING, Job.failures > 0),
                func.min(Job.run_at).filter(due),
                func.min(Job.queued_at).filter(due, Job.run_at.is_(None)),
            )
        )
        *counts, timed, untimed = counted.one()
        names = ("waiting", "due", "running", "dead", "expired", "retried")
        return Figures(
            **dict(zip(names, counts, strict=True)),
            oldest_due_seconds=age(timed, now=now, queued_at=untimed, machine_now=machine_now),
        )


def is_due(now: datetime) -> ColumnElement[bool]:
    """Tell of a job that waits whether its time has come."""
    return or_(Job.run_at.is_(None), Job.run_at <= now)


_SHOWN: Mapping[Show, Callable[[datetime], ColumnElement[bool]]] = {
    Show.DUE: lambda now: and_(WAITING, is_due(now)),
    Show.RUNNING: lambda _now: RUNNING,
    Show.WAITING: lambda _now: WAITING,
    Show.FAILED: lambda _now: and_(WAITING, Job.failures > 0),
    Show.DEAD: lambda _now: Job.state == JobState.DEAD,
    Show.EXPIRED: lambda _now: Job.state == JobState.EXPIRED,
}


async def _found(
    connection: AsyncConnection, which: ColumnElement[bool], limit: int
) -> list[Listed]:
    columns = [getattr(Job, name) for name in Listed.__dataclass_fields__]
    chosen = select(*columns).where(which).order_by(Job.id).limit(limit)
    return [Listed(**row._asdict()) for row in await connection.execute(chosen)]


def _held(job: Claimed) -> ColumnElement[bool]:
    return and_(Job.id == job.id, RUNNING, Job.attempts == job.attempt)


async def _hit(connection: AsyncConnection, statement: Delete | Update) -> bool:
    return (await connection.execute(statement)).rowcount == 1


async def _wait_again(
    connection: AsyncConnection, again: Update, which: ColumnElement[bool]
) -> bool:
    """Let a job wait; if another with its key waits already, that one stands for both."""
    try:
        async with connection.begin_nested():
            return await _hit(connection, again.where(which))
    except IntegrityError:
        return await _hit(connection, delete(Job).where(which))
