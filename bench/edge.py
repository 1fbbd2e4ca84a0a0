"""The edge: redirect and prepared answers, ours beside nginx."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from bench import answers, load, rounds, servers
from bench.answers import Answer
from bench.failures import VisitsMiscounted
from bench.load import CONNECTIONS, Load
from bench.rounds import Measurement, Plan, Ratio, Side
from bench.tables import REDIRECT, TABLES, Table

METHOD = """\
- nginx gives files with the very same bytes (gzip: `gzip_static`), or `return 302` with the same
  Location. Status, Location, Content-Encoding and body were compared before and after; no request
  under load failed.
- “By CPU time” compares what one request costs the servers; it holds where wrk, not nginx, is the
  limit of requests/s."""


@dataclass(frozen=True)
class Asking:
    """Asks for one address again and again."""

    table: Table
    expected: Answer

    def check(self, side: Side) -> None:
        """Ask once and compare."""
        side.checks += 1
        answers.check(side.server.port, side.path, table=self.table, expected=self.expected)

    def prepare(self, sides: Sequence[Side], *, seconds: int) -> None:
        """Get nothing ready: wrk makes the request itself."""

    def put(self, side: Side, *, seconds: int, core: int) -> Load:
        """Put a side under load."""
        return load.ask(side.url, headers=self.table.headers, seconds=seconds, core=core)


def measure(plan: Plan, folder: Path) -> tuple[list[Measurement], list[str]]:
    """Measure all tables with one pair of servers; say also how the visits were counted.

    Raises:
        Unmeasurable, AnswerWrong, VisitsMiscounted
    """
    with ExitStack() as stack:
        core = plan.cores.serving
        for name in ("ours", "nginx"):
            (folder / name).mkdir()
        ours = stack.enter_context(servers.ours(folder / "ours", core=core))
        expected = {table: answers.first(ours.port, table=table) for table in TABLES}
        nginx = stack.enter_context(servers.nginx(folder / "nginx", core=core, answers=expected))
        sides = {table: (Side(ours, table.path), Side(nginx, table.peer)) for table in TABLES}
        measurements = [
            _measure(sides[table], Asking(table, expected[table]), plan=plan) for table in TABLES
        ]
    return measurements, [_counted(sides, folder=folder / "ours")]


def _measure(sides: tuple[Side, Side], asking: Asking, *, plan: Plan) -> Measurement:
    table = asking.table
    print(f"{table.title} …", flush=True)
    ours, nginx = sides
    # The first answer, which nginx was given to copy, was one check already.
    ours.checks += 1
    ratio = Ratio(f"{table.title} ÷ nginx", ours, nginx, table.reach)
    measurement = Measurement(table.title, sides, [ratio])
    rounds.measure(measurement, asking, plan=plan)
    return measurement


def _counted(sides: Mapping[Table, tuple[Side, Side]], *, folder: Path) -> str:
    """Hold the visits in the database to the requests made; say how they compare.

    The server has stopped and has written what it counted. It counted every answer that wrk saw
    and every check, and for each time wrk stopped at most one unseen answer per connection.

    Raises:
        VisitsMiscounted
    """
    side, _ = sides[REDIRECT]
    visits, seen = servers.visits(folder), side.answered + side.checks
    tolerance = side.loads * CONNECTIONS
    words = (
        f"Visits in the database {visits:,}; answers seen by wrk {side.answered:,}, checks "
        f"{side.checks}; unseen when wrk stopped {visits - seen:,}, which may be 0 to "
        f"{tolerance:,}, one for each connection of {side.loads} runs."
    )
    if not 0 <= visits - seen <= tolerance:
        raise VisitsMiscounted(words)
    return words
