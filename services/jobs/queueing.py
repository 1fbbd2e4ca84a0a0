"""Putting jobs in, and what staff can do with those that are there."""

from collections.abc import Collection
from datetime import datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from models.vocabulary import JobState
from services.errors import NotFound
from services.jobs.postgres_rows import PostgresRows
from services.jobs.rows import Figures, Listed, Order, Rows, Show
from services.jobs.sqlite_rows import SqliteRows
from services.runtime.clock import utc_now

LISTED = 100

Transaction = AsyncSession | AsyncConnection
"""A transaction of the caller's: what is done in it is done when it is committed."""

log = structlog.get_logger(__name__)


class JobNotFound(NotFound):
    """There is no such job, or it is in no state for what was asked."""

    code = "job_not_found"


async def enqueue(
    db: Transaction,
    kind: str,
    *,
    key: str | None = None,
    run_at: datetime | None = None,
    deadline: datetime | None = None,
    **payload: str | int,
) -> None:
    """Queue a job; it is there when the caller's transaction is committed, and never otherwise.

    Of the jobs with one key only one waits: while it does, queueing another does nothing, without
    harm to the transaction. Before `run_at` it does not run; from `deadline` on it expires instead.
    """
    order = Order(
        kind=kind,
        payload=payload,
        queued_at=utc_now(),
        key=key,
        run_at=run_at,
        deadline=deadline,
    )
    connection = await _connection(db)
    await rows_of(connection.dialect.name).enqueue(connection, order)


async def waiting_keys(db: Transaction, kind: str) -> set[str]:
    """Give the keys of the jobs of a kind that wait: queueing those again would do nothing."""
    connection = await _connection(db)
    return await rows_of(connection.dialect.name).waiting_keys(connection, kind)


async def listed(
    db: Transaction, *, states: Collection[JobState] = tuple(JobState), limit: int = LISTED
) -> list[Listed]:
    """Give the jobs in some states, oldest first, at most `limit`."""
    connection = await _connection(db)
    return await rows_of(connection.dialect.name).listed(connection, states, limit)


async def page(
    db: Transaction, *, show: Show, now: datetime, after: int = 0, limit: int = LISTED
) -> list[Listed]:
    """Give the jobs of one sort, oldest first, from the one after a number on."""
    connection = await _connection(db)
    rows = rows_of(connection.dialect.name)
    return await rows.page(connection, show, now=now, after=after, limit=limit)


async def by_id(db: Transaction, *, job_id: int) -> Listed:
    """Give one job.

    Raises:
        JobNotFound: nor is one there once it is done.
    """
    connection = await _connection(db)
    found = await rows_of(connection.dialect.name).one(connection, job_id)
    if found is None:
        raise JobNotFound(id=job_id)
    return found


async def retry(db: Transaction, *, job_id: int) -> None:
    """Let a dead letter wait again, its failures forgiven.

    Raises:
        JobNotFound: nor are expired ones tried again, since they came too late.
    """
    connection = await _connection(db)
    if not await rows_of(connection.dialect.name).revive(connection, job_id):
        raise JobNotFound(id=job_id)
    log.info("job_revived", job=job_id)


async def cancel(db: Transaction, *, job_id: int) -> None:
    """Take away a job that waits, or one that is dead or expired.

    Raises:
        JobNotFound: nor is one taken away that is running.
    """
    connection = await _connection(db)
    if not await rows_of(connection.dialect.name).remove(connection, job_id):
        raise JobNotFound(id=job_id)
    log.info("job_cancelled", job=job_id)


async def figures(db: Transaction, *, now: datetime) -> Figures:
    """Count the jobs that are not done, and tell whether they keep up."""
    connection = await _connection(db)
    return await rows_of(connection.dialect.name).figures(
        connection, now=now, machine_now=utc_now()
    )


def rows_of(dialect: str) -> Rows:
    """Give the way jobs are kept on a kind of database."""
    return SqliteRows() if dialect == "sqlite" else PostgresRows()


async def _connection(db: Transaction) -> AsyncConnection:
    return await db.connection() if isinstance(db, AsyncSession) else db
