"""`python -m bench`: ours beside others. Ends with 1 if there are no figures, 2 below a ratio."""

import argparse
import os
import signal
import sys
import tempfile
from http.client import HTTPException
from pathlib import Path
from subprocess import CalledProcessError

from bench import (
    callbacks,
    codes,
    edge,
    growth,
    machine,
    registrations,
    report,
    tools,
    visits,
    workers,
)
from bench.failures import (
    AnswerWrong,
    PushesMiscounted,
    SeatsMiscounted,
    Unmeasurable,
    VisitsMiscounted,
)
from bench.report import Measured
from bench.rounds import Plan
from services.runtime.clock import utc_now

ROUNDS = 5
SECONDS = 5
"""Fewer rounds or shorter ones are a trial: their figures are printed, not kept."""

FAILURES = (Unmeasurable, AnswerWrong, VisitsMiscounted, PushesMiscounted, SeatsMiscounted)


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
            measured = _measured(plan, Path(folder))
    except (*FAILURES, OSError, HTTPException, CalledProcessError) as failure:
        print(f"No figures. {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    text = report.text(measured, plan=plan, measured_at=utc_now())
    print(text)
    grown = 0
    if plan.rounds >= ROUNDS and plan.seconds >= SECONDS:
        report.RESULTS.write_text(text, encoding="utf-8")
        if not arguments.without_growth:
            grown = growth.run(plan.cores)
    else:
        print(f"A trial; {report.RESULTS.name} needs {ROUNDS} rounds of {SECONDS} s.")
    reached = [ratio.reached for ratio in measured.ratios]
    reached += [half.reached for half in measured.callback.halves]
    reached += [race.reached for race in measured.codes]
    return grown or (0 if all(reached) else 2)


def _measured(plan: Plan, folder: Path) -> Measured:
    prepared, counted = edge.measure(plan, folder)
    scans = visits.measure(plan, folder)
    callback = callbacks.measure(plan, folder)
    seats = registrations.measure(plan, folder)
    processes = workers.measure(plan, folder)
    races = codes.measure(plan, folder)
    return Measured(prepared, counted, scans, callback, seats, races, processes)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--rounds", type=_positive, default=ROUNDS, help="rounds of each table")
    parser.add_argument("--seconds", type=_positive, default=SECONDS, help="length of one run")
    parser.add_argument("--without-growth", action="store_true", help="leave bench.growth out")
    return parser.parse_args()


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        message = "at least 1 is needed"
        raise argparse.ArgumentTypeError(message)
    return number


if __name__ == "__main__":
    sys.exit(main())
