"""Figures of link health for whoever watches the service."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress

import structlog
from sqlalchemy.exc import SQLAlchemyError

from services.link_health import recording
from services.runtime.clock import Clock
from services.runtime.database import Database

SECONDS = 60.0
"""Between two counts: a process on PostgreSQL learns only so what the workers found."""

log = structlog.get_logger(__name__)


class LinkFigures:
    """Counts the addresses outside by how they stand; `run` keeps the counts fresh."""

    def __init__(self, database: Database, *, clock: Clock) -> None:
        """Begin with none."""
        self._database = database
        self._clock = clock
        self.watched = self.unchecked = self.failing = self.changed = self.moved = 0

    @property
    def gauges(self) -> Mapping[str, Callable[[], int]]:
        """The figures by the names under which they are shown."""
        return {
            "asi_links_watched": lambda: self.watched,
            "asi_links_unchecked": lambda: self.unchecked,
            "asi_links_failing": lambda: self.failing,
            "asi_links_changed": lambda: self.changed,
            "asi_links_moved": lambda: self.moved,
        }

    async def run(self, stop: asyncio.Event) -> None:
        """Count once a minute until told to stop."""
        while not stop.is_set():
            await self.count()
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), SECONDS)

    async def count(self) -> None:
        """Count now. If the database refuses, the last figures stay."""
        try:
            async with self._database.snapshot() as db:
                report = await recording.report(db, now=self._clock())
        except (SQLAlchemyError, OSError) as error:
            log.warning("links_not_counted", error=type(error).__name__)
            return
        self.watched = len(report)
        self.unchecked = sum(health.check is None for health in report)
        self.failing = sum(health.standing.failing for health in report)
        self.changed = sum(health.standing.changed for health in report)
        self.moved = sum(health.standing.moved_to is not None for health in report)
