"""The report: figures as a table, on the screen and in bench/RESULTS.md."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from statistics import median

from bench import machine, rounds
from bench.load import CONNECTIONS
from bench.rounds import Measurement, Plan, Side

RESULTS = Path(__file__).with_name("RESULTS.md")

METHOD = """\
- {rounds} rounds of {seconds} s for each server, in turn, after a warm-up of {warm_up} s; wrk with
  one thread and {connections} connections.
- Both servers run all the time, on the same core, while wrk has another; a ratio is that of the two
  runs of one round.
- nginx gives files with the very same bytes (gzip: `gzip_static`), or `return 302` with the same
  Location. Status, Location, Content-Encoding and body were compared before and after; no request
  under load failed.
- A round in which others used more than {disturbed:.0%} of a core was repeated, at most {repeats}
  times.
- “By CPU time” compares what one request costs the servers; it holds where wrk, not nginx, is the
  limit of requests/s."""

HEAD = (
    "server",
    "requests/s: median (min–max)",
    "p50 ms",
    "p99 ms",
    "CPU µs/request",
    "RSS MiB",
)


def text(
    measurements: Sequence[Measurement], *, plan: Plan, counted: str, measured_at: datetime
) -> str:
    """Give the whole report in Markdown."""
    parts = [
        "# Results",
        "",
        "Written by `make bench`. Only the ratios of one run travel; absolute figures do not.",
        "",
        *_verdicts(measurements),
        "",
    ]
    for measurement in measurements:
        parts += [*_figures(measurement), ""]
    parts += ["## How it was measured", "", *_method(plan, counted=counted), ""]
    parts += ["## The machine", "", f"- Date: {measured_at:%Y-%m-%d}"]
    parts += [f"- {name}: {value}" for name, value in machine.description().items()]
    return "\n".join(parts) + "\n"


def _verdicts(measurements: Sequence[Measurement]) -> list[str]:
    rows = [
        (
            measurement.table.title,
            _spread(measurement.ratios, digits=2),
            f"{measurement.peer.cpu_microseconds / measurement.ours.cpu_microseconds:.2f}",
            f"≥ {measurement.table.reach:.2f}",
            "PASS" if measurement.reached else "FAIL",
        )
        for measurement in measurements
    ]
    head = (
        "ours ÷ nginx, one core each",
        "requests/s: median (min–max)",
        "by CPU time",
        "to reach",
        "",
    )
    return _table(head, rows)


def _figures(measurement: Measurement) -> list[str]:
    table = measurement.table
    rows = [_row(side) for side in (measurement.ours, measurement.peer)]
    repeated = f"Rounds repeated because others used the machine: {measurement.repeated}"
    kept = f"; counted although disturbed: {measurement.disturbed}."
    return [f"## {table.title}", "", *_table(HEAD, rows), "", repeated + kept]


def _row(side: Side) -> tuple[str, ...]:
    return (
        f"{side.server.name}, `{side.path}`",
        _spread(side.rates, digits=0),
        f"{median(run.load.p50_ms for run in side.runs):.2f}",
        f"{median(run.load.p99_ms for run in side.runs):.2f}",
        f"{side.cpu_microseconds:.1f}",
        f"{side.memory_mib:.1f}",
    )


def _method(plan: Plan, *, counted: str) -> list[str]:
    words = METHOD.format(
        rounds=plan.rounds,
        seconds=plan.seconds,
        warm_up=rounds.WARM_UP_SECONDS,
        connections=CONNECTIONS,
        disturbed=rounds.DISTURBED,
        repeats=rounds.ATTEMPTS - 1,
    )
    return [*words.splitlines(), f"- {counted}"]


def _spread(values: Sequence[float], *, digits: int) -> str:
    middle, low, high = median(values), min(values), max(values)
    return f"{middle:,.{digits}f} ({low:,.{digits}f}–{high:,.{digits}f})"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    lines = [head, ["-" * width for width in widths], *rows]
    return [
        "| "
        + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        + " |"
        for line in lines
    ]
