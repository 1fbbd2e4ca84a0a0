"""Registrations: a hundred people at once, each with a login and a key of their own.

`python -m bench.registrations` measures this table alone, as a trial.
"""

import asyncio
import itertools
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from statistics import median

from sqlalchemy import text

from bench import callback_servers, clusters, load, machine, processes, rounds, servers, tools
from bench.clusters import Cluster
from bench.failures import AnswerWrong, SeatsMiscounted
from bench.load import Load, Prepared
from bench.peers import plain_rows
from bench.processes import Server
from bench.rounds import Measurement, Plan, Ratio, Side
from services import registrations
from services.runtime.database import Database, driver_url
from tests.support import crowds

TITLE = "Registrations"
PATH = "/v1/webinars/china/registrations"
CLIENTS = 100
SEATS = 500
REACH = 2.0
FIRST_RATE = 1_000
"""What is taken for the fastest before anything is known."""

HEADROOM = 2.0
SECONDS = 60
"""How long one answer may take; the first one waits until the server has begun."""

OURS = "SELECT count(*), sum(CASE state WHEN 'confirmed' THEN 1 ELSE 0 END) FROM registrations"
PLAIN = OURS.replace("registrations", "plain_registrations")
HEAD = (
    "POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
    "Idempotency-Key: {token}\r\nContent-Type: application/json\r\n"
    "Content-Length: {length}\r\n\r\n"
)
METHOD = """\
- Each request registers another person with another phone number, with a login, an idempotency key
  and three fields; wrk walks a file of them over {clients} connections and sends none twice to the
  same server. There are {seats} seats; whoever comes later stands in line.
- “Plain ORM rows” is FastAPI with SQLAlchemy's async ORM, one transaction and one row for a
  request, seats counted under the webinar's row, as durable as ours (SQLite: WAL,
  synchronous=FULL, BEGIN IMMEDIATE). It checks the same contract; it knows no login, keeps no
  answer for a repeated request, seals no contact and writes no consent.
- No request failed under load. Afterwards the databases were counted: no seat too many, and every
  answered registration is there."""

_phones = itertools.count(13_000_000_000)


@dataclass(frozen=True)
class Found:
    """All that was measured of registrations."""

    measurement: Measurement
    counted: Sequence[str]


@dataclass
class Registering:
    """Registers people, each once."""

    folder: Path
    databases: Sequence[str]
    """Ours, where everybody has to be logged in first."""

    prepared: Prepared | None = None
    fastest: float = field(default=0.0)

    def check(self, side: Side) -> None:
        """Register one person and look at the answer."""
        (token,) = self._come(1)
        side.checks += 1
        connection = HTTPConnection("127.0.0.1", side.server.port, timeout=SECONDS)
        try:
            head = {"Authorization": f"Bearer {token}", "Idempotency-Key": token}
            head["Content-Type"] = "application/json"
            connection.request("POST", PATH, _body(), head)
            response = connection.getresponse()
            answer = json.loads(response.read())
        finally:
            connection.close()
        right = answer.get("state") in {"confirmed", "waiting"} and answer.get("name") == "王芳"
        if response.status != HTTPStatus.CREATED or not right:
            message = f"{side.name} answers {response.status}: {answer}"
            raise AnswerWrong(message)

    def prepare(self, sides: Sequence[Side], *, seconds: int) -> None:
        """Log people in and write what they send, for the next run of each side."""
        del sides
        number = round((self.fastest * HEADROOM or FIRST_RATE) * seconds)
        file = self.folder / "registrations"
        lengths = set()
        with file.open("wb") as output:
            for token in self._come(number):
                body = _body()
                head = HEAD.format(path=PATH, token=token, length=len(body))
                lengths.add(output.write(head.encode() + body))
        (length,) = lengths
        self.prepared = Prepared(file, length, number)

    def put(self, side: Side, *, seconds: int, core: int) -> Load:
        """Put a side under load."""
        assert self.prepared is not None  # noqa: S101 - rounds prepare before they run
        found = load.send(side.url, self.prepared, seconds=seconds, core=core, connections=CLIENTS)
        self.fastest = max(self.fastest, found.rate)
        return found

    def _come(self, number: int) -> list[str]:
        tokens = crowds.tokens(number)
        for url in self.databases:
            asyncio.run(_log_in(url, tokens))
        return tokens


def measure(plan: Plan, folder: Path) -> Found:
    """Measure ours and the plain way on both databases.

    Raises:
        Unmeasurable, AnswerWrong, SeatsMiscounted
    """
    print(f"{TITLE} …", flush=True)
    core = plan.cores.serving
    with clusters.running(core=core) as cluster:
        urls = [f"sqlite:///{folder}/registered/data/asi.db", cluster.url]
        plain = [f"sqlite:///{folder}/plain/plain.db", cluster.url]
        with ExitStack() as stack:
            sides = _started(stack, folder, plain, cluster=cluster, core=core)
            for url in urls:
                asyncio.run(_set_seats(url))
            ratios = [
                Ratio(f"Registration: {ours.server.name} ÷ {other.server.name}", ours, other, REACH)
                for ours, other in zip(sides[:2], sides[2:], strict=True)
            ]
            measurement = Measurement(TITLE, sides, ratios)
            rounds.measure(measurement, Registering(folder, urls), plan=plan)
        asked = [(url, OURS) for url in urls] + [(url, PLAIN) for url in plain]
        counted = [
            _counted(side, *asyncio.run(_count(url, query)))
            for side, (url, query) in zip(sides, asked, strict=True)
        ]
    return Found(measurement, counted)


def _started(
    stack: ExitStack, folder: Path, plain: Sequence[str], *, cluster: Cluster, core: int
) -> list[Side]:
    names = ("registered", "registered-postgres", "plain", "plain-postgres")
    places = [folder / name for name in names]
    for place in places:
        place.mkdir()
    begun = [
        callback_servers.in_sqlite(places[0], core=core),
        callback_servers.in_postgres(places[1], cluster, core=core),
        *(_plain(url, place, core=core) for url, place in zip(plain, places[2:], strict=True)),
    ]
    return [Side(stack.enter_context(server), PATH) for server in begun]


def _plain(url: str, folder: Path, *, core: int) -> AbstractContextManager[Server]:
    port = processes.free_port()
    lite = url.startswith("sqlite")
    address = url.replace("sqlite://", "sqlite+aiosqlite://") if lite else driver_url(url)
    given = {
        plain_rows.URL: address,
        plain_rows.SEATS: str(SEATS),
        "PYTHONPATH": str(callback_servers.ROOT),
    }
    return processes.running(
        f"plain ORM rows, {'SQLite' if lite else 'PostgreSQL'}",
        [sys.executable, "-m", "bench.peers.plain_rows", str(port)],
        port=port,
        folder=folder,
        core=core,
        given=given,
    )


async def _log_in(url: str, tokens: Sequence[str]) -> None:
    database = Database(url)
    await crowds.log_in(database, tokens)
    await database.close()


async def _set_seats(url: str) -> None:
    database = Database(url)
    now = datetime.fromisoformat(servers.CLOCK_START)
    async with database.transaction() as db:
        await registrations.set_seats(db, slug="china", seats=SEATS, now=now)
    await database.close()


async def _count(url: str, query: str) -> tuple[int, int]:
    database = Database(url)
    async with database.snapshot() as db:
        rows, confirmed = (await db.execute(text(query))).one()
    await database.close()
    return rows, confirmed


def _counted(side: Side, rows: int, confirmed: int) -> str:
    """Hold what is in a database to what was answered.

    Raises:
        SeatsMiscounted
    """
    seen = side.answered + side.checks
    unseen = rows - seen
    words = (
        f"{side.server.name}: registrations in the database {rows:,}, seats given {confirmed:,} of "
        f"{SEATS:,}; answers seen by wrk {side.answered:,}, checks {side.checks}; unseen when wrk "
        f"stopped {unseen:,}, which may be 0 to {side.loads * CLIENTS:,}."
    )
    if confirmed != min(SEATS, rows) or not 0 <= unseen <= side.loads * CLIENTS:
        raise SeatsMiscounted(words)
    return words


def _body() -> bytes:
    form = {"name": "王芳", "organisation": "某某铝业有限公司", "phone": str(next(_phones))}
    return json.dumps(form, ensure_ascii=False).encode()


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
        print(f"{side.server.name}: {median(side.rates):.0f}/s, p99 {p99:.0f} ms")
    for ratio in found.measurement.ratios:
        print(f"{ratio.title}: {median(ratio.values):.2f}, by CPU time {ratio.by_cpu:.2f}")
    print(*found.counted, sep="\n")
    return 0 if all(ratio.reached for ratio in found.measurement.ratios) else 2


if __name__ == "__main__":
    sys.exit(main())
