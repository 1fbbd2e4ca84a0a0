"""`python -m bench`: ours beside nginx. Ends with 1 if there are no figures, 2 below a ratio."""

import argparse
import os
import signal
import sys
import tempfile
from contextlib import ExitStack
from http.client import HTTPException
from pathlib import Path
from subprocess import CalledProcessError

from bench import answers, machine, report, rounds, servers, tools
from bench.failures import AnswerWrong, Unmeasurable, VisitsMiscounted
from bench.load import CONNECTIONS
from bench.rounds import Measurement, Plan, Side
from bench.tables import REDIRECT, TABLES
from services.runtime.clock import utc_now

ROUNDS = 5
SECONDS = 5
"""Fewer rounds or shorter ones are a trial: their figures are printed, not kept."""

FAILURES = (Unmeasurable, AnswerWrong, VisitsMiscounted)


def main() -> int:
    """Measure, print, keep; give the exit code."""
    arguments = _arguments()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        tools.require()
        plan = Plan(arguments.rounds, arguments.seconds, machine.cores())
        # Whatever this process does meanwhile is part of making the load.
        os.sched_setaffinity(0, {plan.cores.loading})
        with tempfile.TemporaryDirectory(prefix="asi-bench-") as folder:
            measurements = _measure(plan, Path(folder))
            counted = _counted(measurements, folder=Path(folder) / "ours")
    except (*FAILURES, OSError, HTTPException, CalledProcessError) as failure:
        print(f"No figures. {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    text = report.text(measurements, plan=plan, counted=counted, measured_at=utc_now())
    print(text)
    if plan.rounds >= ROUNDS and plan.seconds >= SECONDS:
        report.RESULTS.write_text(text, encoding="utf-8")
    else:
        print(f"A trial; {report.RESULTS.name} needs {ROUNDS} rounds of {SECONDS} s.")
    return 0 if all(measurement.reached for measurement in measurements) else 2


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--rounds", type=_positive, default=ROUNDS, help="rounds of each table")
    parser.add_argument("--seconds", type=_positive, default=SECONDS, help="length of one run")
    return parser.parse_args()


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        message = "at least 1 is needed"
        raise argparse.ArgumentTypeError(message)
    return number


def _measure(plan: Plan, folder: Path) -> list[Measurement]:
    """Measure all tables with one pair of servers, and stop both."""
    with ExitStack() as stack:
        core = plan.cores.serving
        for name in ("ours", "nginx"):
            (folder / name).mkdir()
        ours = stack.enter_context(servers.ours(folder / "ours", core=core))
        expected = {table: answers.first(ours.port, table=table) for table in TABLES}
        nginx = stack.enter_context(servers.nginx(folder / "nginx", core=core, answers=expected))
        measurements = []
        for table in TABLES:
            print(f"{table.title} …", flush=True)
            # The first answer, which nginx was given to copy, was one check already.
            side = Side(ours, table.path, checks=1)
            measurement = Measurement(table, side, Side(nginx, table.peer))
            rounds.measure(measurement, expected=expected[table], plan=plan)
            measurements.append(measurement)
    return measurements


def _counted(measurements: list[Measurement], *, folder: Path) -> str:
    """Hold the visits in the database to the requests made; say how they compare.

    The server has stopped and has written what it counted. It counted every answer that wrk saw
    and every check, and for each time wrk stopped at most one unseen answer per connection.

    Raises:
        VisitsMiscounted
    """
    side = next(found.ours for found in measurements if found.table is REDIRECT)
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


if __name__ == "__main__":
    sys.exit(main())
