"""One process of `asi serve` and two, on PostgreSQL.

`python -m bench.workers ROUNDS SECONDS` measures this table alone, as a trial.
"""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import median

from bench import (
    answers,
    callback_servers,
    clusters,
    growth_rows,
    machine,
    processes,
    pushes,
    rounds,
    servers,
    tools,
)
from bench.callbacks import Pushing
from bench.edge import Asking
from bench.failures import Unmeasurable
from bench.processes import Server
from bench.rounds import Measurement, Plan, Side
from bench.tables import REDIRECT

COUNTS = (1, 2)
STARTS = 4
"""Tries of half a minute each until a server has to answer."""

TITLES = ("Processes: redirect, each visit counted", "Processes: callback, safe mode")

METHOD = """\
- `asi serve --workers 1` and `--workers 2`, each on a PostgreSQL of its own, whose CPU time is part
  of theirs. Both servers and both databases may use both cores here, while wrk has the last one:
  **on a machine of two cores the load takes its share of what a second process could use**, so
  requests/s say less than CPU time for each request, which says what more cores would bring.
- No ratio is to be reached. No request failed; answers were compared as in the tables above."""


def measure(plan: Plan, folder: Path) -> list[Measurement]:
    """Measure redirects, then pushes.

    Raises:
        Unmeasurable, AnswerWrong
    """
    print("Processes …", flush=True)
    with ExitStack() as stack:
        running = [
            stack.enter_context(_serve(folder / f"workers-{count}", count, plan=plan))
            for count in COUNTS
        ]
        redirects, callbacks = (
            Measurement(title, [Side(server, path) for server in running], [])
            for title, path in zip(TITLES, (REDIRECT.path, pushes.PATH), strict=True)
        )
        for server in running:
            _await_answer(server)
        expected = answers.first(running[0].port, table=REDIRECT)
        rounds.measure(redirects, Asking(REDIRECT, expected), plan=plan)
        reply = pushes.text_of(pushes.send(running[0].port))
        rounds.measure(callbacks, Pushing(folder, reply), plan=plan)
    return [redirects, callbacks]


def _await_answer(server: Server) -> None:
    """Wait until a worker is there: the port is open long before, and starts may fail at first."""
    for _ in range(STARTS):
        with suppress(TimeoutError):
            answers.ask(server.port, REDIRECT.path, table=REDIRECT)
            return
    message = f"{server.name}: no worker answers."
    raise Unmeasurable(message)


@contextmanager
def _serve(folder: Path, count: int, *, plan: Plan) -> Iterator[Server]:
    folder.mkdir()
    every = f"{plan.cores.serving},{plan.cores.loading}"
    with clusters.running(core=plan.cores.serving) as cluster:
        # What the postmaster forks later may run where it may.
        os.sched_setaffinity(cluster.process, {plan.cores.serving, plan.cores.loading})
        growth_rows.prepare(cluster.url)
        port = processes.free_port()
        command = [str(machine.program("asi")), "serve", "--port", str(port)]
        given = servers.settings(folder) | pushes.GIVEN
        given |= {"ASI_DATABASE_URL": cluster.url, "ASI_PUBLIC_URL": callback_servers.PUBLIC_URL}
        with processes.running(
            f"{count} {'process' if count == 1 else 'processes'}",
            ["taskset", "-c", every, *command, "--workers", str(count)],
            port=port,
            folder=folder,
            core=plan.cores.serving,
            given=given,
        ) as server:
            waiting = partial(callback_servers.waiting_in_postgres, cluster)
            yield replace(server, companions=cluster.processes, waiting=waiting)


def main() -> int:
    """Measure and print; nothing is kept."""
    tools.require()
    number, seconds = (int(word) for word in (*sys.argv[1:], "2", "3")[:2])
    plan = Plan(number, seconds, machine.cores())
    os.sched_setaffinity(0, {plan.cores.loading})
    with tempfile.TemporaryDirectory(prefix="asi-bench-") as folder:
        found = measure(plan, Path(folder))
    for measurement in found:
        for side in measurement.sides:
            p99 = median(run.load.p99_ms for run in side.runs)
            cpu = f"{side.cpu_microseconds:.1f} µs CPU, later {side.later_microseconds:.1f}"
            print(f"{side.name}: {median(side.rates):,.0f}/s, p99 {p99:.1f} ms, {cpu}")
        print(f"repeated {measurement.repeated}, disturbed {measurement.disturbed}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
