"""The report: figures as tables, on the screen and in bench/RESULTS.md."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import median

from bench import callbacks, codes, edge, machine, registrations, rounds, visits, workers
from bench.callbacks import Found, Half
from bench.codes import Race
from bench.load import CONNECTIONS
from bench.rounds import Measurement, Plan, Ratio, Side

RESULTS = Path(__file__).with_name("RESULTS.md")

METHOD = """\
- {rounds} rounds of {seconds} s for each server, in turn, after a warm-up of {warm_up} s; wrk with
  one thread and {connections} connections.
- The servers of a table run all the time, on the same core, while wrk has another; a ratio is that
  of two runs of one round.
- A round in which others used more than {disturbed:.0%} of a core was repeated, at most {repeats}
  times."""

RATIOS = (
    "ours ÷ others, one core each",
    "requests/s: median (min–max)",
    "by CPU time",
    "to reach",
    "",
)

SIDES = (
    "server",
    "requests/s: median (min–max)",
    "p50 ms",
    "p99 ms",
    "CPU µs/request",
    "later",
    "RSS MiB",
)

HALVES = ("server, half load", "requests/s", "p50 ms", "p99 ms", "to reach", "")

CODES = ("QR code", "CPU ms: median (min–max)", "ours is so many times as fast", "to reach", "")

LIMITS = ("rows in a transaction, SQLite FULL, nothing around it", "rows/s", "ours")


@dataclass(frozen=True)
class Measured:
    """All that was measured."""

    prepared: Sequence[Measurement]
    """Redirects and prepared answers."""

    counted: Sequence[str]
    """What became of the visits that were counted meanwhile."""

    scans: visits.Found
    callback: Found
    seats: registrations.Found
    codes: Sequence[codes.Race]
    workers: Sequence[Measurement]
    """One process of ours and two."""

    @property
    def measurements(self) -> Sequence[Measurement]:
        """Give all tables, in the order of the report."""
        return [
            *self.prepared,
            self.scans.measurement,
            self.callback.measurement,
            self.seats.measurement,
            *self.workers,
        ]

    @property
    def ratios(self) -> Sequence[Ratio]:
        """Give all ratios, in the order of the report."""
        return [ratio for each in self.measurements for ratio in each.ratios]


def text(measured: Measured, *, plan: Plan, measured_at: datetime) -> str:
    """Give the whole report in Markdown."""
    found, seats = measured.callback, measured.seats
    parts = [
        "# Results",
        "",
        "Written by `make bench`. Only the ratios of one run travel; absolute figures do not.",
        "What a call costs as its tables grow is in [GROWTH.md](GROWTH.md).",
        "",
        *table(RATIOS, map(_verdict, measured.ratios)),
        "",
    ]
    for measurement in measured.measurements:
        parts += [*_figures(measurement), ""]
    parts += [*table(HALVES, map(_half, found.halves)), ""]
    parts += [*table(LIMITS, _limits(found)), ""]
    rows = [row for race in measured.codes for row in _race(race)]
    parts += [f"## {codes.TITLE}", "", *table(CODES, rows), ""]
    parts += ["## How it was measured", "", *_method(plan), ""]
    parts += ["Redirect and prepared answers:", "", edge.METHOD, *_listed(measured.counted), ""]
    words = visits.METHOD.format(devices=visits.DEVICES)
    parts += [f"{visits.TITLE}:", "", words, f"- {measured.scans.counted}", ""]
    words = callbacks.METHOD.format(sample=callbacks.SAMPLE)
    parts += ["Callback:", "", words, *_listed(found.counted), ""]
    words = registrations.METHOD.format(clients=registrations.CLIENTS, seats=registrations.SEATS)
    parts += ["Registrations:", "", words, *_listed(seats.counted), ""]
    parts += ["Processes:", "", workers.METHOD, ""]
    parts += [f"{codes.TITLE}:", "", codes.METHOD.format(drawn=codes.DRAWN), ""]
    parts += ["## The machine", "", f"- Date: {measured_at:%Y-%m-%d}"]
    parts += [f"- {name}: {value}" for name, value in machine.description().items()]
    return "\n".join(parts) + "\n"


def _verdict(ratio: Ratio) -> tuple[str, ...]:
    return (
        ratio.title,
        _spread(ratio.values, digits=2),
        f"{ratio.by_cpu:.2f}",
        f"≥ {ratio.reach:.2f}",
        _word(reached=ratio.reached),
    )


def _figures(measurement: Measurement) -> list[str]:
    repeated = f"Rounds repeated because others used the machine: {measurement.repeated}"
    kept = f"; counted although disturbed: {measurement.disturbed}."
    rows = map(_row, measurement.sides)
    return [f"## {measurement.title}", "", *table(SIDES, rows), "", repeated + kept]


def _row(side: Side) -> tuple[str, ...]:
    return (
        side.name,
        _spread(side.rates, digits=0),
        f"{median(run.load.p50_ms for run in side.runs):.2f}",
        f"{median(run.load.p99_ms for run in side.runs):.2f}",
        f"{side.cpu_microseconds:.1f}",
        f"{side.later_microseconds:.1f}",
        f"{side.memory_mib:.1f}",
    )


def _half(half: Half) -> tuple[str, ...]:
    return (
        half.side.server.name,
        f"{half.load.rate:,.0f}",
        f"{half.load.p50_ms:.2f}",
        f"{half.load.p99_ms:.2f}",
        f"p99 ≤ {callbacks.HALF_LOAD_P99_MS:.0f}",
        _word(reached=half.reached),
    )


def _race(race: Race) -> list[tuple[str, ...]]:
    word = _word(reached=race.reached)
    first = (f"{race.title}: {race.ours.name}", _spread(race.ours.milliseconds, digits=3))
    rows: list[tuple[str, ...]] = [(*first, "", f"≥ {race.reach:,.1f}", word)]
    for other in race.others:
        times = _spread(other.milliseconds, digits=3)
        rows.append((f"{race.title}: {other.name}", times, _spread(race.ratios(other), digits=1)))
    return [(*row, "", "")[: len(CODES)] for row in rows]


def _limits(found: Found) -> list[tuple[str, ...]]:
    ours = median(found.measurement.sides[0].rates)
    return [
        (str(rows), f"{rate:,.0f}", f"{ours / rate:.2f}") for rows, rate in found.limits.items()
    ]


def _method(plan: Plan) -> list[str]:
    words = METHOD.format(
        rounds=plan.rounds,
        seconds=plan.seconds,
        warm_up=rounds.WARM_UP_SECONDS,
        connections=CONNECTIONS,
        disturbed=rounds.DISTURBED,
        repeats=rounds.ATTEMPTS - 1,
    )
    return words.splitlines()


def _listed(sentences: Iterable[str]) -> list[str]:
    return [f"- {sentence}" for sentence in sentences]


def _word(*, reached: bool) -> str:
    return "PASS" if reached else "FAIL"


def _spread(values: Sequence[float], *, digits: int) -> str:
    middle, low, high = median(values), min(values), max(values)
    return f"{middle:,.{digits}f} ({low:,.{digits}f}–{high:,.{digits}f})"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Give the lines of a table in Markdown, its columns as wide as their widest cell."""
    lines = [head, *rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    lines.insert(1, ["-" * width for width in widths])
    return [
        "| "
        + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        + " |"
        for line in lines
    ]
