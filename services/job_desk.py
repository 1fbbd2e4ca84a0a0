"""The jobs' desk: what staff do about background work, each deed with its entry in the audit."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services import audit, jobs


async def retry(db: AsyncSession, *, job_id: int, actor: str, now: datetime) -> None:
    """Let a dead letter wait again, its failures forgiven.

    Raises:
        JobNotFound: nor are expired ones tried again, since they came too late.
    """
    job = await jobs.by_id(db, job_id=job_id)
    await jobs.retry(db, job_id=job_id)
    await _record(db, "retried", job=job, actor=actor, now=now)


async def cancel(db: AsyncSession, *, job_id: int, actor: str, now: datetime) -> None:
    """Take a job away that is not running.

    Raises:
        JobNotFound
    """
    job = await jobs.by_id(db, job_id=job_id)
    await jobs.cancel(db, job_id=job_id)
    await _record(db, "cancelled", job=job, actor=actor, now=now)


async def _record(
    db: AsyncSession, act: str, *, job: jobs.Listed, actor: str, now: datetime
) -> None:
    await audit.record(
        db,
        actor=actor,
        act=f"jobs.{act}",
        subject=f"job/{job.id}",
        details={"kind": job.kind, "state": job.state.value, "error": job.error or ""},
        now=now,
    )
