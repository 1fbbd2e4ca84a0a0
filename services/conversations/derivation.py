"""The loop that derives conversations from the inbox, soon after each push and in the background.

It is woken by reception and looks by itself every few seconds, so that what a killed process left
behind is derived by the next one.
"""

import asyncio
import time
from collections.abc import Callable

import structlog

from services.conversations import incoming
from services.conversations.chat_feedback import ReplyLinks
from services.conversations.rulebooks import RulebookInForce
from services.runtime import logging
from services.runtime.bell import Bell
from services.runtime.clock import Clock
from services.runtime.database import Database

LOOK_SECONDS = 5.0
"""Between two looks when nothing wakes it."""

BATCH = 25
"""Pushes in one transaction: it holds the one writer of SQLite, for which new pushes wait."""

COURTESY = 10.0
"""While pushes keep coming, it rests for so many times as long as it worked."""

log = structlog.get_logger(__name__)


def _nothing() -> None:
    """Tell nobody."""


class Derivation:
    """Derives in one process; several take turns."""

    def __init__(
        self,
        database: Database,
        *,
        clock: Clock,
        link: ReplyLinks,
        derived: Callable[[], None] = _nothing,
    ) -> None:
        """Take the parts; `link` gives the addresses that replies carry.

        `derived` is called whenever conversations have changed.
        """
        self._database = database
        self._on_derived = derived
        self._clock = clock
        self._rulebook = RulebookInForce(link)
        self._bell = Bell()
        self.derived = 0

    def wake(self) -> None:
        """Say that there is something to derive."""
        self._bell.ring()

    async def run(self, stop: asyncio.Event) -> None:
        """Derive whatever comes, until told to stop."""
        while not stop.is_set():
            await self._bell.heard(stop, within=LOOK_SECONDS)
            try:
                await self._derive_all(stop)
            except Exception as error:  # noqa: BLE001 - nothing is lost: it is looked for again
                _complain("not_derived", error)

    async def once(self) -> int:
        """Derive one batch and tell how many pushes it held.

        Where one of them fails, each is derived by itself: it stands in no other's way.
        """
        try:
            async with self._database.transaction() as db:
                derived = await incoming.derive(
                    db, now=self._clock(), books=self._rulebook, limit=BATCH
                )
        except incoming.NO_PUSHS_FAULT:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a push holds, the others go on
            _complain("batch_not_derived", error)
            derived = await self._apart()
        self.derived += derived
        if derived:
            self._on_derived()
        return derived

    async def _apart(self) -> int:
        derived = 0
        while derived < BATCH:
            async with self._database.transaction() as db:
                if not await incoming.derive_apart(db, now=self._clock(), books=self._rulebook):
                    break
            derived += 1
        return derived

    async def _derive_all(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            started = time.perf_counter()
            derived = await self.once()
            if self._bell.rung:
                self._bell.silence()
                await asyncio.sleep(COURTESY * (time.perf_counter() - started))
            elif derived < BATCH:
                return


def _complain(event: str, error: Exception) -> None:
    log.error(event, error=logging.place(error))
