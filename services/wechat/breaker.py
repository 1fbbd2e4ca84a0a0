"""The breaker: when WeChat fails again and again it is left alone, and then tried with one call."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from services.wechat.refusals import AnswerLost, CallsPaused, NotReached, SystemBusy, WeChatError

MOST_FAILURES = 8
"""So many in a row open it."""

PAUSE_SECONDS = 10.0
"""It stays open so long; then one call at a time is let through until one succeeds."""

FAILURES = (NotReached, AnswerLost, SystemBusy)
"""What speaks of a sick WeChat. Any other refusal is the answer of a healthy one."""


class Breaker:
    """Counts failures in a row; one for each account in each process."""

    def __init__(self, ticks: Callable[[], float]) -> None:
        """Start closed; `ticks` gives seconds that never jump."""
        self._ticks = ticks
        self._failures = 0
        self._open_until = 0.0
        self._probing = False

    @property
    def is_open(self) -> bool:
        """Tell whether calls are refused, but for a probe."""
        return self._failures >= MOST_FAILURES

    @contextmanager
    def watching(self, path: str) -> Iterator[None]:
        """Let a call through and learn from how it ends.

        Raises:
            CallsPaused: it is open.
        """
        probe = self._admit(path)
        try:
            yield
        except FAILURES:
            self._failed()
            raise
        except WeChatError:
            self._failures = 0
            raise
        else:
            self._failures = 0
        finally:
            # A call that is cancelled tells nothing; the next one probes.
            self._probing = self._probing and not probe

    def _admit(self, path: str) -> bool:
        """Tell whether the call is the probe of an open breaker."""
        if not self.is_open:
            return False
        if self._probing or self._ticks() < self._open_until:
            raise CallsPaused(path=path)
        self._probing = True
        return True

    def _failed(self) -> None:
        self._failures += 1
        if self.is_open:
            self._open_until = self._ticks() + PAUSE_SECONDS
