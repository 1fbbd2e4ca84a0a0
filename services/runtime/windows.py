"""Gliding windows: how often something was done lately, for very many whom it may be done by.

The count of the window before fades out while the present one fills, so nobody gets the number
twice at once where one window ends. Two numbers each, whatever the limit; the rule of `limits`.
"""

from dataclasses import dataclass

LARGEST = 65_536
"""How many are remembered: some 15 MB. Beyond, whoever came first is forgotten first."""


@dataclass(frozen=True)
class Window:
    """So many times in so many seconds."""

    number: int
    seconds: int

    def wait(self, before: int, current: int, *, remaining: float) -> float:
        """Give in how many seconds one more is allowed, when it is not now.

        `remaining` is how long the present window lasts, which is how much the one before counts.
        """
        free = self.number - current
        if free > 0:
            return max(0.0, remaining - free * self.seconds / before) if before else 0.0
        return max(0.0, remaining) + self.seconds * (1 - self.number / current)


@dataclass(slots=True)
class _Count:
    started: float
    seconds: int
    current: int = 0
    before: int = 0


class Windows:
    """The counts of one process."""

    def __init__(self) -> None:
        """Begin with none."""
        self._counts: dict[bytes, _Count] = {}

    def __len__(self) -> int:
        """Give how many are remembered."""
        return len(self._counts)

    def take(self, window: Window, key: bytes, *, now: float) -> float | None:
        """Count one more; give how many seconds to wait where that is too much."""
        count = self._count(window, key, now)
        remaining = count.started + window.seconds - now
        fading = int(count.before * remaining / window.seconds)
        if fading + count.current >= window.number:
            return window.wait(count.before, count.current, remaining=remaining)
        count.current += 1
        return None

    def _count(self, window: Window, key: bytes, now: float) -> _Count:
        count = self._counts.get(key)
        # A clock that was set back begins anew, or it would all stand still until it catches up.
        if count is None or not 0 <= now - count.started < 2 * window.seconds:
            self._make_room(now)
            count = self._counts[key] = _Count(now, window.seconds)
        elif now - count.started >= window.seconds:
            count.started += window.seconds
            count.before, count.current = count.current, 0
        return count

    def _make_room(self, now: float) -> None:
        """Forget what is over, and at least half, so that this is seldom done."""
        if len(self._counts) < LARGEST:
            return
        lasting = {
            key: count
            for key, count in self._counts.items()
            if now - count.started < 2 * count.seconds
        }
        surplus = len(lasting) - LARGEST // 2
        for key in list(lasting)[: max(0, surplus)]:
            del lasting[key]
        self._counts = lasting
