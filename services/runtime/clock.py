"""The clock: what time it is for rounds, pages and reminders.

Tokens, leases, rate limits and signatures never ask it: they use the machine's time.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from services.runtime.settings import Settings

Clock = Callable[[], datetime]
"""Gives the present instant, aware and in UTC."""


def utc_now() -> datetime:
    """Give the machine's time."""
    return datetime.now(UTC)  # noqa: TID251 - the one place where time enters


class OffsetClock:
    """A running clock that is off by a fixed span, kept in a file so that several processes agree.

    Development only. `asi demo clock` rewrites the file; `refresh` takes notice.
    """

    def __init__(self, file: Path, *, start: datetime | None, clock: Clock = utc_now) -> None:
        """Go on from the file, or start at `start` if the file speaks of another start."""
        self._file = file
        self._clock = clock
        self._modified = 0
        self.offset = timedelta(0)
        state = self._read()
        if start is not None and state.get("start") != start.isoformat():
            self.move(start, start=start)
        else:
            self.offset = timedelta(seconds=state.get("offset_seconds", 0.0))

    def __call__(self) -> datetime:
        """Give the present instant as this clock has it."""
        return self._clock() + self.offset

    def move(self, instant: datetime, *, start: datetime | None = None) -> None:
        """Set the clock; it runs on from there, in every process that refreshes."""
        self.offset = instant - self._clock()
        state = self._read() | {"offset_seconds": self.offset.total_seconds()}
        if start is not None:
            state["start"] = start.isoformat()
        self._file.parent.mkdir(parents=True, exist_ok=True)
        spare = self._file.with_suffix(".new")
        spare.write_text(json.dumps(state), encoding="utf-8")
        spare.replace(self._file)

    def refresh(self) -> None:
        """Take over what another process wrote; cheap enough to be asked four times a second."""
        try:
            modified = self._file.stat().st_mtime_ns
        except OSError:
            return
        if modified != self._modified:
            self._modified = modified
            self.offset = timedelta(seconds=self._read().get("offset_seconds", 0.0))

    def _read(self) -> dict[str, Any]:
        try:
            return dict(json.loads(self._file.read_text(encoding="utf-8")))
        except (OSError, ValueError):
            return {}


def installation_clock(settings: Settings) -> Clock:
    """Give the clock of an installation: the machine's in production, else one to be moved."""
    if settings.production:
        return utc_now
    return OffsetClock(settings.data_dir / "clock.json", start=settings.clock_start)
