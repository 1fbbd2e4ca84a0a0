"""What time it is on the simulated platform."""

import json
import time
from contextlib import suppress
from pathlib import Path


class Clock:
    """A running clock that tests set and that otherwise follows the demo's clock file.

    Signing always uses the machine's time.
    """

    def __init__(self, file: Path | None = None) -> None:
        """Follow this file's `offset_seconds`, if there is such a file."""
        self._file = file
        self._modified = 0
        self._followed = 0.0
        self._own: float | None = None

    def machine(self) -> float:
        """Give the machine's time in Unix seconds: signatures."""
        return time.time()

    def now(self) -> float:
        """Give the simulated time: windows, grants, visits, what people see."""
        return self.machine() + (self._follow() if self._own is None else self._own)

    def credentials(self) -> float:
        """Give the time that tokens, codes and rate limits go by.

        The service measures those with the machine's time, so the demo's clock leaves them alone.
        """
        return self.machine() + (self._own or 0.0)

    def set(self, at: float | None) -> None:
        """Run on from this instant; None goes back to the demo's clock or the machine's."""
        self._own = None if at is None else at - self.machine()

    def _follow(self) -> float:
        if self._file is None:
            return 0.0
        with suppress(OSError, ValueError, TypeError, AttributeError):
            modified = self._file.stat().st_mtime_ns
            if modified != self._modified:
                state = json.loads(self._file.read_text(encoding="utf-8"))
                self._followed = float(state.get("offset_seconds", 0.0))
                self._modified = modified
        return self._followed
