"""Rounds: each side in turn under load, again where something else disturbed the machine."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from bench import answers, load, machine
from bench.answers import Answer
from bench.load import Load
from bench.machine import Cores
from bench.processes import Server
from bench.tables import Table

DISTURBED = 0.05
"""CPU seconds of others on the two cores, per second of a run, from which it does not count."""

ATTEMPTS = 6
"""Tries at a round; the least disturbed counts if all are disturbed."""

WARM_UP_SECONDS = 2


@dataclass(frozen=True)
class Run:
    """One server under load for some seconds."""

    load: Load
    cpu_seconds: float
    """What the answering process used."""

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
    def rates(self) -> list[float]:
        """Requests a second, by round."""
        return [run.load.rate for run in self.runs]

    @property
    def cpu_microseconds(self) -> float:
        """CPU time of one request."""
        return median(run.cpu_seconds / run.load.requests for run in self.runs) * 1e6


@dataclass
class Measurement:
    """What one table's rounds gave."""

    table: Table
    ours: Side
    peer: Side
    repeated: int = 0
    disturbed: int = 0
    """Rounds that count although all attempts at them were disturbed."""

    @property
    def ratios(self) -> list[float]:
        """Our requests a second to nginx's, by round."""
        pairs = zip(self.ours.rates, self.peer.rates, strict=True)
        return [ours / peer for ours, peer in pairs]

    @property
    def reached(self) -> bool:
        """Whether the median of the rounds' ratios is what it should be."""
        return median(self.ratios) >= self.table.reach


@dataclass(frozen=True)
class Plan:
    """How much is measured, and where."""

    rounds: int
    seconds: int
    cores: Cores


def measure(measurement: Measurement, *, expected: Answer, plan: Plan) -> None:
    """Check, warm up, measure round by round, check again.

    Raises:
        AnswerWrong
    """
    sides = [measurement.ours, measurement.peer]
    for side in sides:
        _check(side, table=measurement.table, expected=expected)
        _run(side, sides, plan=plan, table=measurement.table, seconds=WARM_UP_SECONDS)
    for number in range(plan.rounds):
        # Who goes first changes, so that neither always follows the other.
        order = sides if number % 2 == 0 else sides[::-1]
        _round(measurement, order, plan=plan)
    for side in sides:
        side.memory_mib = machine.resident_mib(side.server.answering)
        _check(side, table=measurement.table, expected=expected)


def _round(measurement: Measurement, order: Sequence[Side], *, plan: Plan) -> None:
    attempts: list[list[Run]] = []
    while len(attempts) < ATTEMPTS and not (attempts and _worst(attempts[-1]) < DISTURBED):
        attempts.append(
            [
                _run(side, order, plan=plan, table=measurement.table, seconds=plan.seconds)
                for side in order
            ]
        )
    kept = min(attempts, key=_worst)
    for side, run in zip(order, kept, strict=True):
        side.runs.append(run)
    measurement.repeated += len(attempts) - 1
    measurement.disturbed += _worst(kept) >= DISTURBED


def _worst(runs: Sequence[Run]) -> float:
    return max(run.disturbance for run in runs)


def _run(side: Side, sides: Sequence[Side], *, plan: Plan, table: Table, seconds: int) -> Run:
    processes = [process for each in sides for process in _processes(each.server)]
    answering = side.server.answering
    started, busy = time.monotonic(), machine.busy_seconds(plan.cores)
    before = {process: machine.cpu_seconds(process) for process in processes}
    done = load.put(
        f"http://127.0.0.1:{side.server.port}{side.path}",
        headers=table.headers,
        seconds=seconds,
        core=plan.cores.loading,
    )
    used = {process: machine.cpu_seconds(process) - before[process] for process in processes}
    others = machine.busy_seconds(plan.cores) - busy - sum(used.values()) - done.cpu_seconds
    side.answered += done.requests
    side.loads += 1
    return Run(
        load=done,
        cpu_seconds=used[answering],
        disturbance=max(0.0, others) / (time.monotonic() - started),
    )


def _processes(server: Server) -> list[int]:
    return [server.process.pid, *machine.children(server.process.pid)]


def _check(side: Side, *, table: Table, expected: Answer) -> None:
    side.checks += 1
    answers.check(side.server.port, side.path, table=table, expected=expected)
