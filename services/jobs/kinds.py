"""What jobs there are, how hard each is tried, which are repeated, and how they end badly."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from services.errors import Refusal
from services.jobs.runs import Run

ATTEMPTS = 8
"""With the waits between them about four minutes in all, half of that on average."""

TIMEOUT = timedelta(minutes=1)


class Retry(Exception):
    """Raised by a job that could not be done now: try it again."""

    def __init__(self, reason: str, *, after: timedelta | None = None) -> None:
        """Give a word for the reason, never a person's data, and how long to wait if it is known.

        Without a wait it is doubled each time, from 2 seconds up to an hour, times a random factor.
        """
        super().__init__(reason)
        self.reason = reason
        self.after = after


class GiveUp(Exception):
    """Raised by a job that will never succeed: keep it as a dead letter, for a person to see."""

    def __init__(self, reason: str) -> None:
        """Give a word for the reason, never a person's data."""
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of job.

    `run` may be started more than once for one job, since a process may end in the midst of it.
    What it does in `run.closing()` is done exactly once.
    """

    name: str
    run: Callable[[Run], Awaitable[None]]
    attempts: int = ATTEMPTS
    """How many failures make it a dead letter; being interrupted is none."""

    timeout: timedelta = TIMEOUT
    """How long one attempt may take."""


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """A job without a payload that is queued once a period, however many processes there are."""

    kind: str
    every: timedelta


class Registry(Mapping[str, Kind]):
    """All kinds by name, and the schedules."""

    def __init__(self, kinds: Iterable[Kind], schedules: Iterable[Schedule] = ()) -> None:
        """Put them together.

        Raises:
            ValueError: two kinds share a name, or a schedule names no kind: a fault of ours.
        """
        given = list(kinds)
        self._kinds = {kind.name: kind for kind in given}
        self.schedules = tuple(schedules)
        unknown = {schedule.kind for schedule in self.schedules} - self._kinds.keys()
        if unknown or len(self._kinds) < len(given):
            message = f"Kinds must be known once each: {sorted(unknown) or [k.name for k in given]}"
            raise ValueError(message)

    def __getitem__(self, name: str) -> Kind:
        """Give a kind by its name."""
        return self._kinds[name]

    def __iter__(self) -> Iterator[str]:
        """Give the names."""
        return iter(self._kinds)

    def __len__(self) -> int:
        """Count the kinds."""
        return len(self._kinds)


def word(error: BaseException) -> str:
    """Say what went wrong in one word that names nobody: an error's own text may hold anything."""
    match error:
        case Retry() | GiveUp():
            return error.reason
        case Refusal():
            return error.code
        case _:
            return type(error).__name__
