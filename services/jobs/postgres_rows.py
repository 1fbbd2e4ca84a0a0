"""Jobs on PostgreSQL: rows of Procrastinate's tables.

Procrastinate puts jobs in, hands them out and takes them away; its `args` carry ours, and what it
has no column for: the instants by our clock, how often a job failed, how it ended. A job's kind is
its queue, so that a worker which does not know a kind leaves its jobs alone.
"""

from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from typing import Any

from procrastinate import PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.jobs import Job
from procrastinate.manager import JobManager
from sqlalchemy import JSON, Row, bindparam, text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection

from models.vocabulary import JobState
from services.jobs.rows import Claimed, Ending, Figures, Listed, Order, PutBack, Show, age

_HELD = text(
    "SELECT id FROM procrastinate_jobs WHERE id = :id AND status = 'doing'"
    " AND attempts = :attempts AND worker_id IS NOT DISTINCT FROM CAST(:worker AS bigint)"
    " FOR UPDATE"
)
_DEAD = text(
    "SELECT id FROM procrastinate_jobs WHERE id = :id AND status = 'failed'"
    " AND args->>'state' = 'dead' FOR UPDATE"
)
_NOTE = text(
    "UPDATE procrastinate_jobs SET args = args || CAST(:note AS jsonb) WHERE id = :id"
).bindparams(bindparam("note", type_=JSON()))
_DONE = text("SELECT procrastinate_finish_job_v1(:id, 'succeeded', true)")
_FAILED = text("SELECT procrastinate_finish_job_v1(:id, 'failed', false)")
_AGAIN = text(
    "SELECT procrastinate_retry_job_v2(:id, now() + make_interval(secs => :wait), NULL, NULL, NULL)"
)
_REMOVED = text("DELETE FROM procrastinate_jobs WHERE id = :id AND status <> 'doing' RETURNING id")
_DROPPED = text("DELETE FROM procrastinate_jobs WHERE id = :id")
_FORGOTTEN = text(
    "DELETE FROM procrastinate_jobs WHERE status = 'failed'"
    " AND CAST(args->>'ended_at' AS timestamptz) < :before RETURNING id"
)
_WAITING_KEYS = text(
    "SELECT queueing_lock FROM procrastinate_jobs"
    " WHERE status = 'todo' AND queue_name = :kind AND queueing_lock IS NOT NULL"
)
_STATES = (
    "SELECT *, CASE status WHEN 'todo' THEN 'waiting' WHEN 'doing' THEN 'running'"
    " ELSE coalesce(args->>'state', 'dead') END AS state,"
    " CAST(args->>'run_at' AS timestamptz) AS run_at,"
    " CAST(args->>'queued_at' AS timestamptz) AS queued_at FROM procrastinate_jobs"
)
_LISTED = text(
    f"SELECT * FROM ({_STATES}) AS jobs WHERE state = ANY(:states) ORDER BY id LIMIT :limit"  # noqa: S608 - constants of ours
)
_PAGE = text(
    f"SELECT * FROM ({_STATES}) AS jobs WHERE id > :after AND state = :state"  # noqa: S608 - constants of ours
    " AND (NOT :due OR run_at IS NULL OR run_at <= :now)"
    " AND (NOT :failed OR args->>'failures' <> '0') ORDER BY id LIMIT :limit"
)
_ONE = text(f"SELECT * FROM ({_STATES}) AS jobs WHERE id = :id")  # noqa: S608 - constants of ours
_COUNTED = text(
    "SELECT count(*) FILTER (WHERE state = 'waiting') AS waiting,"  # noqa: S608 - constants of ours
    " count(*) FILTER (WHERE state = 'waiting' AND due) AS due,"
    " count(*) FILTER (WHERE state = 'running') AS running,"
    " count(*) FILTER (WHERE state = 'dead') AS dead,"
    " count(*) FILTER (WHERE state = 'expired') AS expired,"
    " count(*) FILTER (WHERE state = 'waiting' AND args->>'failures' <> '0') AS retried,"
    " min(run_at) FILTER (WHERE state = 'waiting' AND due) AS timed,"
    " min(queued_at) FILTER (WHERE state = 'waiting' AND run_at IS NULL) AS untimed"
    " FROM (SELECT *, run_at IS NULL OR run_at <= :now AS due"
    f" FROM ({_STATES}) AS jobs) AS judged"
)


class PostgresRows:
    """Jobs as rows of Procrastinate's tables."""

    async def enqueue(self, connection: AsyncConnection, order: Order) -> None:
        """Queue a job; nothing happens when one with its key waits already.

        Its refusal would end the caller's transaction, so it happens behind a savepoint.
        """
        job = Job(
            queue=order.kind,
            task_name=order.kind,
            lock=None,
            queueing_lock=order.key,
            task_kwargs=_args(order),
            scheduled_at=order.run_at,
        )
        raw = (await connection.get_raw_connection()).driver_connection
        try:
            with suppress(AlreadyEnqueued):
                async with connection.begin_nested():
                    await _manager().defer_job_async(job, connection=raw)
        except ConnectorException as error:
            # Callers know SQLAlchemy's errors, and need not know who speaks to the database here.
            cause = error.__cause__ or error
            raise OperationalError(order.kind, None, cause) from error

    async def waiting_keys(self, connection: AsyncConnection, kind: str) -> set[str]:
        """Give the keys of the jobs of a kind that wait."""
        return set(await connection.scalars(_WAITING_KEYS, {"kind": kind}))

    async def holds(self, connection: AsyncConnection, job: Claimed) -> bool:
        """Tell whether a job is still its taker's; its row stays locked."""
        found = {"id": job.id, "attempts": job.attempt - 1, "worker": job.worker}
        return await connection.scalar(_HELD, found) is not None

    async def finish(self, connection: AsyncConnection, job: Claimed) -> bool:
        """Take a job away as done; False when it is no longer its taker's."""
        if not await self.holds(connection, job):
            return False
        await connection.execute(_DONE, {"id": job.id})
        return True

    async def put_back(self, connection: AsyncConnection, job: Claimed, back: PutBack) -> bool:
        """Let a job wait again; False when it is no longer its taker's."""
        if not await self.holds(connection, job):
            return False
        note = {
            "run_at": _iso(back.run_at),
            "failures": back.failures,
            "interruptions": back.interruptions,
        }
        if back.error is not None:
            note["error"] = back.error
        seconds = back.wait.total_seconds() if back.run_at else None
        await _wait_again(connection, job.id, note, seconds=seconds)
        return True

    async def bury(self, connection: AsyncConnection, job: Claimed, ending: Ending) -> bool:
        """Keep a job as dead or expired; False when it is no longer its taker's."""
        if not await self.holds(connection, job):
            return False
        note = {
            "state": ending.state,
            "error": ending.error,
            "ended_at": _iso(ending.at),
            "failures": ending.failures,
        }
        await connection.execute(_NOTE, {"id": job.id, "note": note})
        await connection.execute(_FAILED, {"id": job.id})
        return True

    async def listed(
        self, connection: AsyncConnection, states: Collection[JobState], limit: int
    ) -> list[Listed]:
        """Give the jobs in some states, oldest first."""
        chosen = {"states": [state.value for state in states], "limit": limit}
        return [_listed(row) for row in await connection.execute(_LISTED, chosen)]

    async def page(
        self, connection: AsyncConnection, show: Show, *, now: datetime, after: int, limit: int
    ) -> list[Listed]:
        """Give the jobs of one sort, oldest first, from the one after a number on."""
        chosen = {
            "state": "waiting" if show in {Show.DUE, Show.FAILED} else show.value,
            "due": show is Show.DUE,
            "failed": show is Show.FAILED,
            "now": now,
            "after": after,
            "limit": limit,
        }
        return [_listed(row) for row in await connection.execute(_PAGE, chosen)]

    async def one(self, connection: AsyncConnection, job_id: int) -> Listed | None:
        """Give one job."""
        found = (await connection.execute(_ONE, {"id": job_id})).first()
        return _listed(found) if found else None

    async def revive(self, connection: AsyncConnection, job_id: int) -> bool:
        """Let a dead job wait again, its failures forgiven; False when there is none."""
        if await connection.scalar(_DEAD, {"id": job_id}) is None:
            return False
        forgiven = {"failures": 0, "interruptions": 0, "run_at": None, "ended_at": None}
        await _wait_again(connection, job_id, forgiven, seconds=None)
        return True

    async def remove(self, connection: AsyncConnection, job_id: int) -> bool:
        """Take a job away that nobody runs; False when there is none."""
        return await connection.scalar(_REMOVED, {"id": job_id}) is not None

    async def forget(self, connection: AsyncConnection, before: datetime) -> int:
        """Take away the dead and expired jobs that ended before an instant, and count them."""
        return len((await connection.execute(_FORGOTTEN, {"before": before})).all())

    async def figures(
        self, connection: AsyncConnection, *, now: datetime, machine_now: datetime
    ) -> Figures:
        """Count the jobs."""
        counted = (await connection.execute(_COUNTED, {"now": now})).one()._asdict()
        timed, untimed = counted.pop("timed"), counted.pop("untimed")
        oldest = age(timed, now=now, queued_at=untimed, machine_now=machine_now)
        return Figures(**counted, oldest_due_seconds=oldest)


def claimed(job: Job) -> Claimed:
    """Make of Procrastinate's job ours."""
    assert job.id is not None  # noqa: S101 - it comes from the database
    args: Mapping[str, Any] = job.task_kwargs
    return Claimed(
        id=job.id,
        kind=job.task_name,
        payload=args["payload"],
        attempt=job.attempts + 1,
        failures=args["failures"],
        interruptions=args["interruptions"],
        run_at=_instant(args["run_at"]),
        deadline=_instant(args["deadline"]),
        worker=job.worker_id,
    )


@cache
def _manager() -> JobManager:
    """Give what defers over connections of ours; it is never opened."""
    return JobManager(PsycopgConnector())


async def _wait_again(
    connection: AsyncConnection, job_id: int, note: dict[str, Any], *, seconds: float | None
) -> None:
    """Let a job wait, without an instant where `seconds` is None.

    If another with its key waits already, that one stands for both.
    """
    try:
        async with connection.begin_nested():
            await connection.execute(_NOTE, {"id": job_id, "note": note})
            await connection.execute(_AGAIN, {"id": job_id, "wait": seconds})
    except IntegrityError:
        await connection.execute(_DROPPED, {"id": job_id})


def _args(order: Order) -> dict[str, Any]:
    return {
        "payload": dict(order.payload),
        "queued_at": _iso(order.queued_at),
        "run_at": _iso(order.run_at),
        "deadline": _iso(order.deadline),
        "failures": 0,
        "interruptions": 0,
        "error": None,
        "ended_at": None,
    }


def _listed(row: Row[Any]) -> Listed:
    return Listed(
        id=row.id,
        kind=row.task_name,
        state=JobState(row.state),
        key=row.queueing_lock,
        payload=row.args["payload"],
        queued_at=row.queued_at,
        run_at=row.run_at,
        deadline=_instant(row.args["deadline"]),
        attempts=row.attempts + (row.state == JobState.RUNNING),
        failures=row.args["failures"],
        error=row.args["error"],
        ended_at=_instant(row.args["ended_at"]),
    )


def _iso(instant: datetime | None) -> str | None:
    return instant.astimezone(UTC).isoformat() if instant else None


def _instant(written: str | None) -> datetime | None:
    return datetime.fromisoformat(written) if written else None
