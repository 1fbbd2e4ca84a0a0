"""Jobs of an installation that moves from SQLite to PostgreSQL."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

from models.vocabulary import JobState
from services.errors import CannotStart
from services.jobs.postgres_rows import PostgresRows
from services.jobs.rows import Listed
from services.jobs.sqlite_rows import SqliteRows

EVERY = 1_000_000

_ADDED = text(
    "INSERT INTO procrastinate_jobs"
    " (queue_name, task_name, queueing_lock, args, status, scheduled_at, attempts)"
    " VALUES (:kind, :kind, :key, CAST(:args AS jsonb),"
    " CAST(:status AS procrastinate_job_status), :run_at, :attempts)"
).bindparams(bindparam("args", type_=JSON()))


class JobsLost(CannotStart):
    """Not all jobs have come over."""

    code = "jobs_lost"


async def bring_over(source: AsyncConnection, target: AsyncConnection) -> int:
    """Queue the jobs of SQLite at PostgreSQL, in the target's transaction, and count them.

    One that was running when its process ended waits again. Of several with one key that would wait
    then, one does, as ever.

    Raises:
        JobsLost
    """
    found = _waiting_again(await SqliteRows().listed(source, tuple(JobState), EVERY))
    for job in found:
        await target.execute(_ADDED, _row(job))
    arrived = await PostgresRows().listed(target, tuple(JobState), EVERY)
    if Counter(map(_told, found)) != Counter(map(_told, arrived)):
        raise JobsLost
    return len(found)


def _waiting_again(found: Sequence[Listed]) -> list[Listed]:
    waiting = {job.key for job in found if job.key and job.state is JobState.WAITING}
    kept: list[Listed] = []
    for job in found:
        if job.state is not JobState.RUNNING:
            kept.append(job)
        elif job.key not in waiting:
            kept.append(replace(job, state=JobState.WAITING))
            waiting |= {job.key} if job.key else set()
    return kept


def _row(job: Listed) -> dict[str, Any]:
    ended = {"state": job.state.value} if job.state in {JobState.DEAD, JobState.EXPIRED} else {}
    return {
        "kind": job.kind,
        "key": job.key,
        "args": ended
        | {
            "payload": dict(job.payload),
            "queued_at": _iso(job.queued_at),
            "run_at": _iso(job.run_at),
            "deadline": _iso(job.deadline),
            "failures": job.failures,
            "interruptions": 0,
            "error": job.error,
            "ended_at": _iso(job.ended_at),
        },
        "status": "failed" if ended else "todo",
        "run_at": job.run_at,
        "attempts": job.attempts,
    }


def _told(job: Listed) -> str:
    """Give all of a job but its number, which is another at the other side."""
    values = {name: getattr(job, name) for name in Listed.__dataclass_fields__ if name != "id"}
    told = {
        name: _iso(value) if isinstance(value, datetime) else value
        for name, value in values.items()
    }
    return json.dumps(told, sort_keys=True)


def _iso(instant: datetime | None) -> str | None:
    return instant.astimezone(UTC).isoformat() if instant else None
