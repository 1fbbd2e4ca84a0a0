"""Rounds: each side in turn under load, again where something else disturbed the machine."""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Protocol

from bench import machine
from bench.failures import Unmeasurable
from bench.load import Load
from bench.machine import Cores
from bench.processes import Server

DISTURBED = 0.05
"""CPU seconds of others on the two cores, per second of a run, from which it does not count."""

ATTEMPTS = 6
"""Tries at a round; the least disturbed counts if all are disturbed."""

WARM_UP_SECONDS = 2

LOOK_SECONDS = 0.2
IDLE = 0.1
"""CPU seconds of all servers, per second, below which none has anything left to do."""

LONGEST_REST = 900
"""Seconds that a server may go on working after its load has ended."""


@dataclass(frozen=True)
class Run:
    """One server under load for some seconds."""

    load: Load
    cpu_seconds: float
    """What the server used meanwhile."""

    later_seconds: float
    """What it used after that, for work that it had put off."""

    disturbance: float


@dataclass
class Side:
    """One server in one table."""

    server: Server
    path: str
    runs: list[Run] = field(default_factory=list)
    answered: int = 0
    """Requests wrk saw answered, those of warm-up and repeated rounds included."""

    loads: int = 0
    checks: int = 0
    memory_mib: float = 0.0

    @property
    def name(self) -> str:
        """What it is called in a table."""
        return f"{self.server.name}, `{self.path}`"

    @property
    def url(self) -> str:
        """Where it is asked."""
        return f"http://127.0.0.1:{self.server.port}{self.path}"

    @property
    def rates(self) -> list[float]:
        """Requests a second, by round."""
        return [run.load.rate for run in self.runs]

    @property
    def cpu_microseconds(self) -> float:
        """CPU time of one request while under load."""
        return median(run.cpu_seconds / run.load.requests for run in self.runs) * 1e6

    @property
    def later_microseconds(self) -> float:
        """CPU time that one request costs afterwards."""
        return median(run.later_seconds / run.load.requests for run in self.runs) * 1e6

    def count(self, load: Load) -> None:
        """Remember what was answered."""
        self.answered += load.requests
        self.loads += 1


@dataclass(frozen=True)
class Ratio:
    """How one side does beside another one, and how it should."""

    title: str
    over: Side
    under: Side
    reach: float
    """The least ratio of requests a second."""

    @property
    def values(self) -> list[float]:
        """Requests a second to the other's, by round."""
        pairs = zip(self.over.rates, self.under.rates, strict=True)
        return [over / under for over, under in pairs]

    @property
    def by_cpu(self) -> float:
        """The same for what one request costs the servers."""
        return self.under.cpu_microseconds / self.over.cpu_microseconds

    @property
    def reached(self) -> bool:
        """Whether the median of the rounds' ratios is what it should be."""
        return median(self.values) >= self.reach


@dataclass
class Measurement:
    """What one table's rounds gave."""

    title: str
    sides: Sequence[Side]
    ratios: Sequence[Ratio]
    repeated: int = 0
    disturbed: int = 0
    """Rounds that count although all attempts at them were disturbed."""


@dataclass(frozen=True)
class Plan:
    """How much is measured, and where."""

    rounds: int
    seconds: int
    cores: Cores


class Exercise(Protocol):
    """What the sides of a table are made to do."""

    def check(self, side: Side) -> None:
        """Hold an answer of a side to what all are compared by.

        Raises:
            AnswerWrong
        """

    def prepare(self, sides: Sequence[Side], *, seconds: int) -> None:
        """Get ready what is sent in the next run of each side."""

    def put(self, side: Side, *, seconds: int, core: int) -> Load:
        """Put a side under load."""


def measure(measurement: Measurement, exercise: Exercise, *, plan: Plan) -> None:
    """Check, warm up, measure round by round, check again.

    Raises:
        AnswerWrong
    """
    sides = measurement.sides
    for side in sides:
        exercise.check(side)
    _run_all(exercise, sides, plan=plan, seconds=WARM_UP_SECONDS)
    for number in range(plan.rounds):
        # Who goes first changes, so that none always follows the same one.
        turn = number % len(sides)
        _round(measurement, exercise, [*sides[turn:], *sides[:turn]], plan=plan)
    for side in sides:
        side.memory_mib = machine.resident_mib(side.server.answering)
        exercise.check(side)


def await_rest(sides: Sequence[Side]) -> None:
    """Wait until no server has anything left to do, so that none is measured with another's work.

    Raises:
        Unmeasurable: one does not come to an end.
    """
    for _ in range(round(LONGEST_REST / LOOK_SECONDS)):
        before = sum(side.server.cpu_seconds() for side in sides)
        threading.Event().wait(LOOK_SECONDS)
        used = sum(side.server.cpu_seconds() for side in sides) - before
        if used < IDLE * LOOK_SECONDS and not any(side.server.waiting() for side in sides):
            return
    message = f"A server is still busy {LONGEST_REST} s after its load has ended."
    raise Unmeasurable(message)


def _round(
    measurement: Measurement, exercise: Exercise, order: Sequence[Side], *, plan: Plan
) -> None:
    attempts: list[list[Run]] = []
    while len(attempts) < ATTEMPTS and not (attempts and _worst(attempts[-1]) < DISTURBED):
        attempts.append(_run_all(exercise, order, plan=plan, seconds=plan.seconds))
    kept = min(attempts, key=_worst)
    for side, run in zip(order, kept, strict=True):
        side.runs.append(run)
    measurement.repeated += len(attempts) - 1
    measurement.disturbed += _worst(kept) >= DISTURBED


def _worst(runs: Sequence[Run]) -> float:
    return max(run.disturbance for run in runs)


def _run_all(exercise: Exercise, order: Sequence[Side], *, plan: Plan, seconds: int) -> list[Run]:
    exercise.prepare(order, seconds=seconds)
    await_rest(order)
    return [_run(exercise, side, order, plan=plan, seconds=seconds) for side in order]


def _run(exercise: Exercise, side: Side, sides: Sequence[Side], *, plan: Plan, seconds: int) -> Run:
    started, busy = time.monotonic(), machine.busy_seconds(plan.cores)
    used = [each.server.cpu_seconds() for each in sides]
    load = exercise.put(side, seconds=seconds, core=plan.cores.loading)
    used = [each.server.cpu_seconds() - one for each, one in zip(sides, used, strict=True)]
    others = machine.busy_seconds(plan.cores) - busy - sum(used) - load.cpu_seconds
    disturbance = max(0.0, others) / (time.monotonic() - started)
    side.count(load)
    before = side.server.cpu_seconds()
    await_rest(sides)
    return Run(
        load=load,
        cpu_seconds=used[sides.index(side)],
        later_seconds=side.server.cpu_seconds() - before,
        disturbance=disturbance,
    )
