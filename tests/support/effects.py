"""What jobs of tests leave behind: rows of a table that lets each be written twice."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.runtime.database import Database


async def prepare(database: Database) -> None:
    """Make the table."""
    async with database.transaction() as db:
        await db.execute(text("CREATE TABLE effects (name TEXT NOT NULL)"))


async def leave(db: AsyncSession, name: str) -> None:
    """Write one effect, in somebody's transaction."""
    await db.execute(text("INSERT INTO effects (name) VALUES (:name)"), {"name": name})


async def found(database: Database) -> list[str]:
    """Give all effects."""
    async with database.snapshot() as db:
        return list(await db.scalars(text("SELECT name FROM effects ORDER BY name")))
