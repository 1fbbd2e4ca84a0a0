"""Figures that are counted from the database now and again, for whoever watches the service."""

import asyncio
from abc import ABC, abstractmethod
from contextlib import suppress

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from services.runtime.database import Database

log = structlog.get_logger(__name__)


class Recount(ABC):
    """Figures that `run` keeps fresh, once for each process; they begin with nothing."""

    def __init__(self, database: Database, *, seconds: float) -> None:
        """Take the time between two counts."""
        self._database = database
        self._seconds = seconds

    async def run(self, stop: asyncio.Event) -> None:
        """Count again and again until told to stop."""
        while not stop.is_set():
            await self.count()
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), self._seconds)

    async def count(self) -> None:
        """Count now. If the database refuses, the last figures stay."""
        try:
            async with self._database.snapshot() as db:
                await self._count_in(db)
        except (SQLAlchemyError, OSError) as error:
            log.warning("not_counted", figures=type(self).__name__, error=type(error).__name__)

    @abstractmethod
    async def _count_in(self, db: AsyncSession) -> None:
        """Count all of them, and put them where the gauges read them, in one step at the end."""
