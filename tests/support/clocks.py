"""A clock that tests set."""

from dataclasses import dataclass
from datetime import datetime


@dataclass
class SetClock:
    """Gives the instant it was last set to."""

    now: datetime

    def __call__(self) -> datetime:
        """Give the present instant."""
        return self.now

    def set(self, text: str) -> None:
        """Set it from ISO 8601 with an offset, such as 2026-03-09T16:00:00+08:00."""
        self.now = datetime.fromisoformat(text)
