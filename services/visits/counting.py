"""Counting in memory, written in batches, kept as sums.

A clean stop writes what is left. A process killed with -9 loses what it counted since the last
batch, at most 250 ms of counts and nothing else; only while the database refuses batches does more
wait in memory. A visit belongs to the day its batch is written on.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from models import LinkVisit, PageVisit
from services.runtime.clock import Clock
from services.runtime.database import Database
from services.runtime.dialects import insert
from services.visits.devices import Marker, Seen
from services.visits.shapes import Reading, Visit, beijing_day

FLUSH_SECONDS = 0.2
"""Between two batches; with the time a batch takes it stays under the promised 250 ms."""

MOST_WAITING = 20_000
"""Devices that are remembered while the database refuses batches; above that only their visits."""

Counted = Visit | Reading

log = structlog.get_logger(__name__)


class VisitCounter:
    """Counts the visits of one process; `run` writes them."""

    def __init__(self, database: Database, *, clock: Clock) -> None:
        """Start with nothing counted."""
        self._database = database
        self._clock = clock
        self._marker = Marker()
        # Looking a Counter up costs twice as much, and this is done for each redirect.
        self._counts: defaultdict[Seen, int] = defaultdict(int)
        self._batch: defaultdict[Seen, int] = defaultdict(int)
        self._writing = asyncio.Lock()

    @property
    def waiting(self) -> int:
        """The number of visits not yet committed."""
        return sum(self._counts.values()) + sum(self._batch.values())

    def count(self, visit: Counted, address: str = "", user_agent: bytes = b"") -> None:
        """Count one visit. Never waits and never fails.

        Address and user agent tell devices apart; both are forgotten when the batch is written.
        """
        self._counts[visit, address, user_agent] += 1

    async def run(self, stop: asyncio.Event) -> None:
        """Write a batch whenever there is one, until told to stop, and then what is left."""
        while not stop.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), FLUSH_SECONDS)
            await self.flush()
        # More may have been counted while the last batch was being written.
        await self.flush()

    async def flush(self) -> None:
        """Write what has been counted, after a batch that is on its way.

        If the database refuses, it is kept for the next batch.
        """
        async with self._writing:
            if self._counts:
                self._batch, self._counts = self._counts, defaultdict(int)
                await self._write(day_on=beijing_day(self._clock()))
                self._batch = defaultdict(int)

    async def _write(self, *, day_on: date) -> None:
        try:
            async with self._database.transaction() as db:
                await write(db, _sums(self._batch), day_on=day_on)
                met = await self._marker.mark(db, self._batch, day_on=day_on)
            self._marker.remember(met, day_on=day_on)
        except (SQLAlchemyError, OSError) as error:
            self._keep()
            log.warning("visits_not_written", error=type(error).__name__)

    def _keep(self) -> None:
        forgetting = len(self._batch) > MOST_WAITING
        for (visit, address, agent), count in self._batch.items():
            key = (visit, "", b"") if forgetting else (visit, address, agent)
            self._counts[key] += count


async def write(db: AsyncSession, sums: Mapping[Counted, int], *, day_on: date) -> None:
    """Add what was counted on a day to what was counted before."""
    for table, kind in ((LinkVisit, Visit), (PageVisit, Reading)):
        # In one order, so that no two transactions wait for each other's rows.
        rows = sorted((visit, count) for visit, count in sums.items() if isinstance(visit, kind))
        written = [visit._asdict() | {"day_on": day_on, "visits": count} for visit, count in rows]
        await _sum_up(db, table, written)


def _sums(batch: Mapping[Seen, int]) -> Mapping[Counted, int]:
    sums: Counter[Counted] = Counter()
    for (visit, _, _), count in batch.items():
        sums[visit] += count
    return sums


async def _sum_up(
    db: AsyncSession, table: type[LinkVisit | PageVisit], rows: Sequence[dict[str, Any]]
) -> None:
    if not rows:
        return
    statement = insert(db, table)
    await db.execute(
        statement.on_conflict_do_update(
            index_elements=[column.name for column in table.__table__.primary_key],
            set_={"visits": table.visits + statement.excluded.visits},
        ),
        rows,
    )
