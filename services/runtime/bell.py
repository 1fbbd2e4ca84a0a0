"""A bell: wakes a loop that waits for work, and lets a stop wake it too."""

import asyncio
from contextlib import suppress


class Bell:
    """Rung by whoever has work, heard by the one loop that does it."""

    def __init__(self) -> None:
        """Begin silent."""
        self._rung = asyncio.Event()

    @property
    def rung(self) -> bool:
        """Whether it was rung since it was last heard."""
        return self._rung.is_set()

    def ring(self) -> None:
        """Wake the loop, or keep it from going to sleep."""
        self._rung.set()

    def silence(self) -> None:
        """Take what it was rung for as noticed."""
        self._rung.clear()

    async def heard(self, stop: asyncio.Event, *, within: float | None = None) -> None:
        """Wait for a ring, for `stop`, or for so many seconds; it is silent again afterwards."""
        waits = [asyncio.ensure_future(event.wait()) for event in (self._rung, stop)]
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(within):
                    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        self._rung.clear()
