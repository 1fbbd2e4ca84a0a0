"""Watching conversations: whoever has the desk open is told at once what changed.

One loop in each process looks for what changed, and only while somebody listens. It is woken by
what happens in its own process, and looks by itself for what other processes did.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from models import Conversation
from services.runtime.bell import Bell
from services.runtime.clock import Clock
from services.runtime.database import Database

LOOK_SECONDS = 0.5
"""Between two looks while somebody listens: what a worker did is seen so much later at most."""

PAUSE_SECONDS = 0.1
"""Between two looks at least, however often it is woken."""

OVERLAP = timedelta(seconds=30)
"""How far each look goes back: a change is dated before it is committed."""

MOST = 500
"""Conversations compared in one look; of more that change at once, the older ones are missed."""

log = structlog.get_logger(__name__)


@dataclass(eq=False)
class Listener:
    """Somebody who looks at the desk."""

    changed: set[UUID] = field(default_factory=set)
    over: bool = False
    """The process ends."""

    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, changed: set[UUID]) -> None:
        """Add to what they have yet to hear."""
        self.changed |= changed
        self._news.set()

    def end(self) -> None:
        """Send them away."""
        self.over = True
        self._news.set()

    async def heard(self, *, within: float) -> set[UUID]:
        """Wait for news, and give what changed; nothing after so many seconds without."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within):
                await self._news.wait()
        self._news.clear()
        changed, self.changed = self.changed, set()
        return changed


class Watch:
    """Watches for all who listen in one process."""

    def __init__(self, database: Database, *, clock: Clock) -> None:
        """Take the parts."""
        self._database = database
        self._clock = clock
        self._bell = Bell()
        self._listeners: set[Listener] = set()
        self._known: dict[UUID, int] = {}

    def wake(self) -> None:
        """Say that something may have changed."""
        if self._listeners:
            self._bell.ring()

    @contextmanager
    def listening(self) -> Iterator[Listener]:
        """Listen until the end of the block."""
        listener = Listener()
        self._listeners.add(listener)
        self._bell.ring()
        try:
            yield listener
        finally:
            self._listeners.discard(listener)

    async def run(self, stop: asyncio.Event) -> None:
        """Watch until told to stop."""
        while not stop.is_set():
            await self._bell.heard(stop, within=LOOK_SECONDS if self._listeners else None)
            try:
                await self._look()
            except (SQLAlchemyError, OSError) as error:
                # What changed meanwhile is found by the next look.
                log.warning("not_watched", error=type(error).__name__)
            with suppress(TimeoutError):
                async with asyncio.timeout(PAUSE_SECONDS):
                    await stop.wait()
        for listener in self._listeners:
            listener.end()

    async def _look(self) -> None:
        if not self._listeners:
            return
        recent = (
            select(Conversation.id, Conversation.version)
            .where(Conversation.changed_at >= self._clock() - OVERLAP)
            .order_by(Conversation.changed_at.desc())
            .limit(MOST)
        )
        async with self._database.snapshot() as db:
            found = {row.id: row.version for row in await db.execute(recent)}
        changed = {id_ for id_, version in found.items() if self._known.get(id_) != version}
        self._known = found
        for listener in self._listeners if changed else ():
            listener.tell(changed)
