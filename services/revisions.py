"""The revision: how processes learn that what the public sees has changed."""

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from models import Revision


async def current(db: AsyncSession | AsyncConnection) -> int:
    """Give the number of the last change."""
    return await db.scalar(select(Revision.number)) or 0


async def bump(db: AsyncSession) -> None:
    """Count up, in the transaction of the change: prepared answers are forgotten within 250 ms."""
    await db.execute(update(Revision).values(number=Revision.number + 1))
