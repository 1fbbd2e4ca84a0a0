"""Feedback: a hundred people at once, each with a login, a key and a comment of their own.

`python -m bench.feedback` measures this table alone, as a trial. There is no ratio: what others
offer here is a row in a table. What is looked at afterwards is that the numbers have no gaps and
that the chain of receipts holds.
"""

import asyncio
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from statistics import median

from sqlalchemy import func, select

from bench import callback_servers, clusters, load, machine, rounds, tools
from bench.failures import AnswerWrong, ReceiptsMiscounted
from bench.load import Load, Prepared
from bench.rounds import Measurement, Plan, Side
from models import FeedbackItem, ReceiptHead
from services.feedback import chain
from services.runtime.database import Database
from tests.support import crowds

TITLE = "Feedback"
PATH = "/v1/feedback"
SERIES = "2026"
CLIENTS = 100
LEAST_RATE = 500
"""A second, made ready at least: a busy machine warms up slowly."""

HEADROOM = 2.0
SECONDS = 60
"""How long one answer may take; the first one waits until the server has begun."""

BODY = json.dumps(
    {
        "standard": "PS",
        "version": "V4",
        "section": "10",
        "comment": "建议明确现有赤泥堆场适用新要求的过渡期，并说明与现行国家标准的关系。" * 3,
        "may_publish_text": True,
    },
    ensure_ascii=False,
).encode()
HEAD = (
    "POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
    "Idempotency-Key: {token}\r\nContent-Type: application/json\r\n"
    "Content-Length: {length}\r\n\r\n"
)


@dataclass(frozen=True)
class Found:
    """All that was measured of feedback."""

    measurement: Measurement
    counted: Sequence[str]


@dataclass
class Commenting:
    """Has people comment, each once."""

    folder: Path
    databases: Sequence[str]
    prepared: Prepared | None = None
    fastest: float = field(default=0.0)

    def check(self, side: Side) -> None:
        """Send one comment and look at the answer."""
        (token,) = self._come(1)
        side.checks += 1
        connection = HTTPConnection("127.0.0.1", side.server.port, timeout=SECONDS)
        try:
            head = {"Authorization": f"Bearer {token}", "Idempotency-Key": token}
            connection.request("POST", PATH, BODY, head | {"Content-Type": "application/json"})
            response = connection.getresponse()
            answer = json.loads(response.read())
        finally:
            connection.close()
        numbered = chain.RECEIPT.fullmatch(answer.get("receipt", ""))
        if response.status != HTTPStatus.CREATED or not numbered:
            message = f"{side.name} answers {response.status}: {answer}"
            raise AnswerWrong(message)

    def prepare(self, sides: Sequence[Side], *, seconds: int) -> None:
        """Log people in and write what they send, for the next run of each side."""
        del sides
        number = round(max(self.fastest * HEADROOM, LEAST_RATE) * seconds)
        file = self.folder / "comments"
        lengths = set()
        with file.open("wb") as output:
            for token in self._come(number):
                head = HEAD.format(path=PATH, token=token, length=len(BODY))
                lengths.add(output.write(head.encode() + BODY))
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
    """Measure ours on both databases.

    Raises:
        Unmeasurable, AnswerWrong, ReceiptsMiscounted
    """
    print(f"{TITLE} …", flush=True)
    core = plan.cores.serving
    lite, postgres = folder / "commented", folder / "commented-postgres"
    with clusters.running(core=core) as cluster:
        urls = [f"sqlite:///{lite}/data/asi.db", cluster.url]
        for place in (lite, postgres):
            place.mkdir()
        with ExitStack() as stack:
            servers = [
                stack.enter_context(callback_servers.in_sqlite(lite, core=core)),
                stack.enter_context(callback_servers.in_postgres(postgres, cluster, core=core)),
            ]
            sides = [Side(server, PATH) for server in servers]
            measurement = Measurement(TITLE, sides, [])
            rounds.measure(measurement, Commenting(folder, urls), plan=plan)
        counted = [asyncio.run(_counted(side, url)) for side, url in zip(sides, urls, strict=True)]
    return Found(measurement, counted)


async def _log_in(url: str, tokens: Sequence[str]) -> None:
    database = Database(url)
    await crowds.log_in(database, tokens)
    await database.close()


async def _counted(side: Side, url: str) -> str:
    """Hold what is in a database to what was answered.

    Raises:
        ReceiptsMiscounted
    """
    database = Database(url)
    async with database.snapshot() as db:
        items = await db.scalar(select(func.count()).select_from(FeedbackItem)) or 0
        head = await db.get_one(ReceiptHead, SERIES)
        fault = await chain.first_fault(db, of=SERIES)
    await database.close()
    unseen = items - side.answered - side.checks
    words = (
        f"{side.server.name}: comments in the database {items:,}, highest number {head.number:,}, "
        f"first fault of the chain {fault}; answers seen by wrk {side.answered:,}, checks "
        f"{side.checks}; unseen when wrk stopped {unseen:,}, which may be 0 to "
        f"{side.loads * CLIENTS:,}."
    )
    whole = fault is None and head.number == head.position == items
    if not whole or not 0 <= unseen <= side.loads * CLIENTS:
        raise ReceiptsMiscounted(words)
    return words


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
        cpu = side.cpu_microseconds / 1000
        print(f"{side.server.name}: {median(side.rates):.0f}/s, p99 {p99:.0f} ms, {cpu:.1f} ms CPU")
    print(*found.counted, sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
