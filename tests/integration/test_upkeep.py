"""Upkeep: what has served its time goes, and nothing else."""

from datetime import timedelta

from sqlalchemy import select

from models import IdempotentAnswer, LoginSession, Visitor
from services import idempotency, jobs, upkeep
from services.runtime.clock import utc_now
from services.runtime.database import Database
from tests.support.clocks import SetClock


async def test_old_logins_and_answers_go(database: Database, clock: SetClock) -> None:
    now = utc_now()
    async with database.transaction() as db:
        visitor = Visitor(first_seen_at=now, last_seen_at=now)
        db.add(visitor)
        await db.flush()
        for name, expires_at in (("old", now), ("new", now + timedelta(days=1))):
            db.add(
                LoginSession(
                    token_sha256=name,
                    visitor_id=visitor.id,
                    appid="wx",
                    begun_at=now,
                    expires_at=expires_at,
                )
            )
        for name, asked_at in (("old", now - idempotency.KEPT), ("new", now)):
            db.add(IdempotentAnswer(owner_sha256=name, request_digest=b"", asked_at=asked_at))
    registry = jobs.Registry(upkeep.kinds(), upkeep.SCHEDULES)
    runner = jobs.runner(database, registry, clock=clock)

    await runner.queue_scheduled()
    await runner.run_due()

    async with database.snapshot() as db:
        assert list(await db.scalars(select(LoginSession.token_sha256))) == ["new"]
        assert list(await db.scalars(select(IdempotentAnswer.owner_sha256))) == ["new"]
