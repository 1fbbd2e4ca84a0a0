"""The index of texts: what is erased is out of it at once, and out of its file after this.

The database itself keeps the index (see migration 0024); what searches it is in the inbox.
"""

from datetime import datetime, timedelta

import aiosqlite
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services import jobs
from services.runtime.database import Database

SETTLE = "settle_texts"
"""The kind of job that does it."""

SOON = timedelta(minutes=10)
"""How long it waits for more to be erased: once for all of them."""

LONGEST = timedelta(minutes=10)

STEP = 200
"""Pages merged in one transaction, for which new pushes wait some milliseconds."""

_NOTHING_DONE = 2
"""A merge that changes fewer rows has found nothing to do: FTS5's own rule."""


async def settle_soon(db: AsyncSession, *, now: datetime) -> None:
    """Queue it, in the transaction of what is erased."""
    if db.get_bind().dialect.name == "sqlite":
        await jobs.enqueue(db, SETTLE, key=SETTLE, run_at=now + SOON)


async def settle(database: Database) -> None:
    """Merge SQLite's index into one piece, in which nothing stands any more that was erased.

    FTS5 only marks what is taken out, and keeps it until the piece that it stands in is merged.
    PostgreSQL has no such index: its own goes as its rows do, when they are vacuumed.
    """
    if not database.is_sqlite:
        return
    pages = -STEP  # below zero: begin a merge of all pieces
    while await _merged(database, pages):
        pages = STEP


async def _merged(database: Database, pages: int) -> bool:
    async with database.transaction() as db:
        raw = (await (await db.connection()).get_raw_connection()).driver_connection
        assert isinstance(raw, aiosqlite.Connection)  # noqa: S101 - what our engines connect with
        before = raw.total_changes
        merge = "INSERT INTO message_pairs (message_pairs, rank) VALUES ('merge', :pages)"
        await db.execute(text(merge), {"pages": pages})
        return raw.total_changes - before >= _NOTHING_DONE
