"""Visits: how often links are followed. Counted in memory, written in batches, kept as sums.

A clean stop writes what is left. A process killed with -9 loses what it counted since the last
batch, at most 250 ms of counts and nothing else; only while the database refuses batches does more
wait in memory. A visit belongs to the day its batch is written on.
"""

import asyncio
from collections import Counter
from contextlib import suppress
from datetime import date
from typing import NamedTuple
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import inspect, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from models import LinkVisit
from models.vocabulary import ClientKind, VisitKind
from services import clients
from services.runtime.clock import Clock
from services.runtime.database import Database

FLUSH_SECONDS = 0.2
"""Between two batches; with the time a batch takes it stays under the promised 250 ms."""

BEIJING = ZoneInfo("Asia/Shanghai")

OTHER_CHANNEL = "other"
"""What an unknown `?ch=` counts as: made-up codes must not fill the table."""

log = structlog.get_logger(__name__)


class Visit(NamedTuple):
    """What is kept of one visit: nothing about the visitor. A tuple, since counting hashes it."""

    slug: str
    channel: str
    client: ClientKind
    kind: VisitKind
    code: str = ""
    """The printed code that was scanned."""


def visit(
    *,
    slug: str,
    channel: str,
    channels: frozenset[str],
    user_agent: str,
    kind: VisitKind,
    code: str = "",
) -> Visit:
    """Make of a request what is kept of it."""
    known = channel if channel in channels or not channel else OTHER_CHANNEL
    return Visit(slug=slug, channel=known, client=clients.kind(user_agent), kind=kind, code=code)


class VisitCounter:
    """Counts the visits of one process; `run` writes them."""

    def __init__(self, database: Database, *, clock: Clock) -> None:
        """Start with nothing counted."""
        self._database = database
        self._clock = clock
        self._counts: Counter[Visit] = Counter()
        self._batch: Counter[Visit] = Counter()

    @property
    def waiting(self) -> int:
        """The number of visits not yet committed."""
        return self._counts.total() + self._batch.total()

    def count(self, visit: Visit) -> None:
        """Count one visit. Never waits and never fails."""
        self._counts[visit] += 1

    async def run(self, stop: asyncio.Event) -> None:
        """Write a batch whenever there is one, until told to stop, and then what is left."""
        while not stop.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), FLUSH_SECONDS)
            await self.flush()

    async def flush(self) -> None:
        """Write what has been counted. If the database refuses, it is kept for the next batch."""
        if not self._counts:
            return
        self._batch, self._counts = self._counts, Counter()
        try:
            async with self._database.transaction() as db:
                await _add(db, self._batch, day_on=self._clock().astimezone(BEIJING).date())
        except (SQLAlchemyError, OSError) as error:
            self._counts.update(self._batch)
            log.warning("visits_not_written", error=type(error).__name__)
        self._batch = Counter()


async def totals(db: AsyncSession, *, slug: str) -> list[LinkVisit]:
    """Give a link's counts, newest day first."""
    found = await db.scalars(
        select(LinkVisit)
        .where(LinkVisit.slug == slug)
        .order_by(LinkVisit.day_on.desc(), LinkVisit.channel, LinkVisit.client, LinkVisit.kind)
    )
    return list(found)


async def _add(db: AsyncSession, counts: Counter[Visit], *, day_on: date) -> None:
    insert = sqlite.insert if db.get_bind().dialect.name == "sqlite" else postgresql.insert
    rows = [
        {**visit._asdict(), "day_on": day_on, "visits": count} for visit, count in counts.items()
    ]
    statement = insert(LinkVisit)
    await db.execute(
        statement.on_conflict_do_update(
            index_elements=[column.name for column in inspect(LinkVisit).primary_key],
            set_={"visits": LinkVisit.visits + statement.excluded.visits},
        ),
        rows,
    )
