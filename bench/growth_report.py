"""Growth as Markdown: one table and one picture for each curve, in bench/GROWTH.md."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from statistics import median

from bench import machine, report

GROWTH = Path(__file__).with_name("GROWTH.md")

COLOURS = {"SQLite": "#0072b2", "PostgreSQL": "#d55e00"}
GROWS = 1.5
"""Times the time at the first size, from which the time at the last one is said to have grown."""

NOTICEABLE_MS = 1.0
"""Less is the noise of a shared machine."""

HEAD = ("database", "rows", "call", "median ms", "p99 ms", "in the database", "CPU ms", "")
SUMMARY = ("curve", "should be", "database", "rows", "slowest call, ms", "CPU ms", "")

METHOD = """\
- Each call is what the services do for one request, in a session of its own, without HTTP, HTML and
  the login around it; the functions are named in `bench/growth.py`. It is called once to fill
  caches, then for a second, {most} times at most and 11 at least; p99 of fewer than 100 is the
  slowest.
- “Median” and “p99” are wall time of the whole call, the ORM's work and the commit with it. “In the
  database” is the median time in statements, with the driver. “CPU” is the mean CPU time of a call:
  this process and, on PostgreSQL, all of its own. Where wall is much more than CPU, the call
  waited: for the disk, or for others on the machine.
- The slowest call of a curve is the one that takes the most CPU time. A curve is said to grow where
  it takes more than 1.5 times the CPU time at the last size that it takes at the first, and so in
  statements.
- Tables are filled with plain bulk inserts; PostgreSQL is vacuumed and analysed before it is
  measured, SQLite is not analysed, as in production. Rows were counted at every point.
- SQLite: one file, WAL, synchronous=FULL. PostgreSQL: fsync and synchronous_commit on, settings as
  they come, on one core; this process has the other one.
- Messages: 30 characters, ten to a conversation, one conversation in ten waits. The figures' 30
  days end with the newest message, so they hold 370,000 messages at most;
  beside them stand 10⁵ counters of visits, or as many as messages if those are fewer. Nobody of
  ours has answered.
- Counters of visits: 840 rows for each day, 560 of links, 220 of pages, 60 of devices. 10⁴ rows
  are 12 days, so 30 days hold more at 10⁵; 10⁶ rows are more than three years.
- Registrations: one webinar with 500 seats, every tenth later one cancelled, all others in line.
- Comments: one version each, 105 characters, no attachment."""


@dataclass(frozen=True)
class Curve:
    """One thing whose cost may grow."""

    title: str
    rows: str
    """What there are more and more of."""

    flat: bool = False
    """Whether it should cost the same however many rows there are."""

    reach_ms: Mapping[str, float] = field(default_factory=dict, hash=False)
    """What it may take in the database, by the database: performance.md, section 6."""


@dataclass(frozen=True)
class Point:
    """One call at one size."""

    curve: Curve
    kind: str
    rows: int
    series: str
    spent: Sequence[float]
    inside: float
    cpu: float

    @property
    def middle(self) -> float:
        """The median, in milliseconds."""
        return median(self.spent)

    @property
    def p99(self) -> float:
        """What 99 of 100 calls took at most."""
        return sorted(self.spent)[math.ceil(len(self.spent) * 0.99) - 1]

    @property
    def repetitions(self) -> int:
        """How often it was timed."""
        return len(self.spent)

    @property
    def reached(self) -> bool | None:
        """Whether it is as fast as it should be; None where nothing is said."""
        reach = self.curve.reach_ms.get(self.kind)
        return None if reach is None else self.inside <= reach

    def __str__(self) -> str:
        """Say it in a line."""
        figures = f"{self.middle:9.2f} {self.p99:9.2f} {self.inside:9.2f} {self.cpu:9.2f}"
        return f"{self.kind:10} {self.rows:>9,} {self.curve.title} / {self.series}: {figures}"


def text(
    points: Sequence[Point], *, measured_at: datetime, loads: Sequence[float], most: int
) -> str:
    """Give all curves in Markdown."""
    curves = list(dict.fromkeys(point.curve for point in points))
    parts = ["# Growth", ""]
    parts += ["Written by `python -m bench.growth`: what a call costs as its tables grow. Load of"]
    parts += [
        f"the machine before and after: {', '.join(f'{one:.1f}' for one in loads)}. With other"
    ]
    parts += [
        "work on it, believe CPU rather than wall time, and the shape rather than either.",
        "",
    ]
    rows = [row for curve in curves for row in _summary(curve, points)]
    parts += [*report.table(SUMMARY, rows), ""]
    for curve in curves:
        of = [point for point in points if point.curve is curve]
        parts += [f"## {curve.title}", "", *_picture(curve, of), ""]
        parts += [*report.table(HEAD, map(_row, of)), ""]
    parts += ["## How it was measured", "", METHOD.format(most=most), ""]
    parts += ["## The machine", "", f"- Date: {measured_at:%Y-%m-%d}"]
    told = machine.description()
    parts += [f"- {name}: {told[name]}" for name in ("Cores", "System", "Python", "Packages")]
    return "\n".join(parts) + "\n"


def _summary(curve: Curve, points: Sequence[Point]) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for kind in COLOURS:
        slowest = _slowest(curve, kind, points)
        if slowest:
            sizes = " → ".join(_power(rows) for rows in slowest)
            taken = " → ".join(f"{point.middle:,.1f}" for point in slowest.values())
            cpu = " → ".join(f"{point.cpu:,.1f}" for point in slowest.values())
            sized = list(slowest.values())
            word = "grows" if _grows(sized[0], sized[-1]) else "flat"
            should = "flat" if curve.flat else "may grow"
            found.append((curve.title, should, kind, sizes, taken, cpu, word))
    return found


def _grows(first: Point, last: Point) -> bool:
    pairs = ((first.cpu, last.cpu), (first.inside, last.inside))
    return last.cpu > first.cpu + NOTICEABLE_MS and all(
        after > before * GROWS for before, after in pairs
    )


def _slowest(curve: Curve, kind: str, points: Sequence[Point]) -> dict[int, Point]:
    found: dict[int, Point] = {}
    for point in points:
        if point.curve is curve and point.kind == kind:
            other = found.get(point.rows, point)
            found[point.rows] = max(other, point, key=lambda one: one.cpu)
    return found


def _picture(curve: Curve, points: Sequence[Point]) -> list[str]:
    """Draw the slowest call of each size; the axis is as far apart as logarithms are."""
    drawn = {kind: _slowest(curve, kind, points) for kind in COLOURS}
    drawn = {kind: found for kind, found in drawn.items() if found}
    sizes = sorted({rows for found in drawn.values() for rows in found})
    colours = ", ".join(COLOURS[kind] for kind in drawn)
    named = ", ".join(f"{kind} {_colour(kind)}" for kind in drawn)
    labels = ", ".join(f'"{_power(rows)}"' for rows in sizes)
    lines = [
        "```mermaid",
        "---",
        "config:",
        "  themeVariables:",
        "    xyChart:",
        f'      plotColorPalette: "{colours}"',
        "---",
        "xychart-beta",
        f'  title "Slowest call, median ms: {named}"',
        f'  x-axis "{curve.rows}" [{labels}]',
        '  y-axis "ms" 0 --> ' + f"{_top(drawn.values()):g}",
    ]
    for found in drawn.values():
        values = ", ".join(f"{found[rows].middle:.2f}" for rows in sizes if rows in found)
        lines.append(f"  line [{values}]")
    return [*lines, "```"]


def _top(drawn: Iterable[Mapping[int, Point]]) -> float:
    highest = max(point.middle for found in drawn for point in found.values())
    return float(f"{highest * 1.1:.2g}")


def _colour(kind: str) -> str:
    return {"SQLite": "blue", "PostgreSQL": "orange"}[kind]


def _row(point: Point) -> tuple[str, ...]:
    reach = point.curve.reach_ms.get(point.kind)
    said = "" if reach is None else f"≤ {reach:g}: {'PASS' if point.reached else 'FAIL'}"
    return (
        point.kind,
        f"{point.rows:,}",
        point.series,
        f"{point.middle:,.2f}",
        f"{point.p99:,.2f}",
        f"{point.inside:,.2f}",
        f"{point.cpu:,.2f}",
        said,
    )


def _power(rows: int) -> str:
    digits = "⁰¹²³⁴⁵⁶⁷⁸⁹"
    exponent = round(math.log10(rows))
    return f"10{digits[exponent]}" if 10**exponent == rows else f"{rows:,}"
