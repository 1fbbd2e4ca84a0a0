"""Scans, each from another phone: counted by code and device, beside nginx's line in a log."""

import json
import os
import pwd
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from statistics import median

from bench import load, machine, processes, rounds, servers, tools
from bench.failures import AnswerWrong, VisitsMiscounted
from bench.load import CONNECTIONS, Load, Prepared
from bench.processes import Server
from bench.rounds import Measurement, Plan, Ratio, Side
from bench.tables import SLUG, USER_AGENT

TITLE = "Scans, each from another phone"
PATH = f"/r/{SLUG}?ch=poster"
DEVICES = 20_000
REACH = 0.20
"""Ours writes to a database that survives a power cut, nginx to a file that does not."""

SECONDS = 30
"""How long one answer may take; the first one waits until the server has begun."""

REQUEST = (
    "GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: {agent}\r\n"
    "X-Forwarded-For: {address}\r\n\r\n"
)
METHOD = """\
- {devices:,} phones, each with an address of its own, told by a proxy in `X-Forwarded-For`, follow
  one link by turns. Ours counts each visit by day, channel and kind of client, and each phone once
  a day by a salted mark; all of it is committed within 250 ms (SQLite: WAL, synchronous=FULL).
- nginx gives the same redirect and writes a line in its access log (`combined`, 64 KiB at a time,
  never synchronised), which tells phones apart by nothing but the address itself."""


@dataclass(frozen=True)
class Found:
    """All that was measured of scans."""

    measurement: Measurement
    counted: str


@dataclass(frozen=True)
class Scanning:
    """Follows a link from one phone after another."""

    location: str
    prepared: Prepared

    def check(self, side: Side) -> None:
        """Follow the link once and look where it leads."""
        side.checks += 1
        found = _follow(side.server.port, side.path)
        if found != self.location:
            message = f"{side.name} leads to {found}, not to {self.location}"
            raise AnswerWrong(message)

    def prepare(self, sides: Sequence[Side], *, seconds: int) -> None:
        """Get nothing ready: the phones are the same in all runs."""

    def put(self, side: Side, *, seconds: int, core: int) -> Load:
        """Let the phones come."""
        return load.send(side.url, self.prepared, seconds=seconds, core=core, again=True)


def measure(plan: Plan, folder: Path) -> Found:
    """Measure ours and nginx.

    Raises:
        Unmeasurable, AnswerWrong, VisitsMiscounted
    """
    print(f"{TITLE} …", flush=True)
    core, home = plan.cores.serving, folder / "scans"
    for name in ("ours", "nginx"):
        (home / name).mkdir(parents=True)
    with ExitStack() as stack:
        ours = stack.enter_context(_ours(home / "ours", core=core))
        location = _follow(ours.port, PATH)
        nginx = stack.enter_context(_nginx(home / "nginx", core=core, location=location))
        sides = (Side(ours, PATH, checks=1), Side(nginx, PATH))
        ratio = Ratio("Scans ÷ nginx with its log", *sides, reach=REACH)
        measurement = Measurement(TITLE, sides, [ratio])
        rounds.measure(measurement, Scanning(location, _phones(home / "requests")), plan=plan)
    return Found(measurement, _counted(sides[0], home / "ours"))


def _ours(folder: Path, *, core: int) -> AbstractContextManager[Server]:
    port = processes.free_port()
    command = [str(machine.program("asi")), "serve", "--port", str(port)]
    given = servers.settings(folder) | {
        "ASI_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "ASI_TRUSTED_PROXIES": "127.0.0.1",
    }
    return processes.running(
        "asi serve behind a proxy", command, port=port, folder=folder, core=core, given=given
    )


def _nginx(folder: Path, *, core: int, location: str) -> AbstractContextManager[Server]:
    port = processes.free_port()
    (folder / "files").mkdir()
    log = f"access_log {folder}/visits.log combined buffer=64k flush=1s;"
    text = servers.NGINX.format(
        folder=folder,
        port=port,
        user=pwd.getpwuid(os.geteuid()).pw_name,
        redirects=f"location /r/ {{ {log} return 302 {location}; }}",
    )
    configuration = folder / "nginx.conf"
    configuration.write_text(text, encoding="utf-8")
    command = ["nginx", "-e", "stderr", "-c", str(configuration)]
    return processes.running(
        "nginx with its log", command, port=port, folder=folder, core=core, given={}
    )


def _phones(file: Path) -> Prepared:
    lengths = set()
    with file.open("wb") as output:
        for number in range(DEVICES):
            octets = (number // 10**power % 100 for power in (6, 4, 2, 0))
            address = ".".join(f"1{octet:02}" for octet in octets)
            request = REQUEST.format(path=PATH, agent=USER_AGENT, address=address)
            lengths.add(output.write(request.encode()))
    (length,) = lengths
    return Prepared(file, length, DEVICES)


def _follow(port: int, path: str) -> str:
    connection = HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    try:
        connection.request("GET", path, headers={"User-Agent": USER_AGENT})
        response = connection.getresponse()
        response.read()
    finally:
        connection.close()
    return response.headers["location"] or str(response.status)


def _counted(side: Side, folder: Path) -> str:
    """Hold visits and phones in the database to the requests made, once the server has stopped.

    Raises:
        VisitsMiscounted
    """
    visits, seen = servers.visits(folder), side.answered + side.checks
    phones = _visitors(folder)
    unseen = visits - seen
    # The checks come without an address of their own, so all of them from one phone.
    expected = min(DEVICES, max(run.load.requests for run in side.runs)) + 1
    words = (
        f"Visits in the database {visits:,}; answers seen by wrk {side.answered:,}, checks "
        f"{side.checks}; unseen when wrk stopped {unseen:,}, which may be 0 to "
        f"{side.loads * CONNECTIONS:,}. Phones counted {phones:,} of {DEVICES:,} and one."
    )
    if not 0 <= unseen <= side.loads * CONNECTIONS or not expected <= phones <= DEVICES + 1:
        raise VisitsMiscounted(words)
    return words


def _visitors(folder: Path) -> int:
    """Give how many phones followed the link, as `asi visits report` tells them."""
    command = [str(machine.program("asi")), "visits", "report", "--by", "visitors", "--json"]
    environment = processes.without_settings() | servers.settings(folder)
    done = subprocess.run(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True, check=True
    )
    return sum(row["visitors"] for row in json.loads(done.stdout) if row["scope"] == "link")


def main() -> int:
    """Measure this table alone and print it; nothing is kept."""
    tools.require()
    count, seconds = (int(word) for word in (*sys.argv[1:], "3", "3")[:2])
    plan = Plan(count, seconds, machine.cores())
    os.sched_setaffinity(0, {plan.cores.loading})
    with tempfile.TemporaryDirectory(prefix="asi-bench-") as folder:
        found = measure(plan, Path(folder))
    for side in found.measurement.sides:
        p99 = median(run.load.p99_ms for run in side.runs)
        print(f"{side.server.name}: {median(side.rates):.0f}/s, p99 {p99:.1f} ms")
    (ratio,) = found.measurement.ratios
    print(f"{ratio.title}: {median(ratio.values):.2f}, by CPU time {ratio.by_cpu:.2f}")
    print(found.counted)
    return 0 if ratio.reached else 2


if __name__ == "__main__":
    sys.exit(main())
