"""Counting attempts in the database, so that it holds for all processes and through a restart."""

from datetime import datetime, timedelta

from sqlalchemy import case, delete, update
from sqlalchemy.ext.asyncio import AsyncSession

from models import AttemptCount
from services.runtime.dialects import insert

WINDOW = timedelta(hours=1)
"""How long attempts are counted together, from the first one on; the longest window there is."""


async def count(db: AsyncSession, *, key: bytes, now: datetime, window: timedelta = WINDOW) -> int:
    """Count one attempt, and give how many there were in the window. `now` is machine time."""
    over = AttemptCount.since <= now - window
    statement = insert(db, AttemptCount).values(key=key, since=now, number=1)
    number = await db.scalar(
        statement.on_conflict_do_update(
            index_elements=[AttemptCount.key],
            set_={
                "since": case((over, now), else_=AttemptCount.since),
                "number": case((over, 1), else_=AttemptCount.number + 1),
            },
        ).returning(AttemptCount.number)
    )
    return number or 0


async def take_back(db: AsyncSession, *, key: bytes) -> None:
    """Uncount an attempt that was none."""
    await db.execute(
        update(AttemptCount)
        .where(AttemptCount.key == key, AttemptCount.number > 0)
        .values(number=AttemptCount.number - 1)
    )


async def forget_old(db: AsyncSession, *, now: datetime) -> None:
    """Take away the counts whose window is over. `now` is machine time."""
    await db.execute(delete(AttemptCount).where(AttemptCount.since <= now - WINDOW))


async def forget(db: AsyncSession, *, key: bytes) -> None:
    """Take away a count, since whoever tried has shown that they may."""
    await db.execute(delete(AttemptCount).where(AttemptCount.key == key))
