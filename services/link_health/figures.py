"""Figures of link health for whoever watches the service."""

from collections.abc import Callable, Mapping

from sqlalchemy.ext.asyncio import AsyncSession

from services.link_health import recording
from services.runtime.clock import Clock
from services.runtime.database import Database
from services.runtime.recounts import Recount

SECONDS = 60.0
"""Between two counts: a process on PostgreSQL learns only so what the workers found."""


class LinkFigures(Recount):
    """Counts the addresses outside by how they stand."""

    def __init__(self, database: Database, *, clock: Clock) -> None:
        """Begin with none."""
        super().__init__(database, seconds=SECONDS)
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

    async def _count_in(self, db: AsyncSession) -> None:
        report = await recording.report(db, now=self._clock())
        self.watched = len(report)
        self.unchecked = sum(health.check is None for health in report)
        self.failing = sum(health.standing.failing for health in report)
        self.changed = sum(health.standing.changed for health in report)
        self.moved = sum(health.standing.moved_to is not None for health in report)
