"""Growth: what a call of the services costs as its tables grow, on both databases.

`python -m bench.growth [--sizes 10000,100000,1000000] [--messages 10000,100000] [--seconds 1]`;
registrations and comments are a tenth of each size. Writes bench/GROWTH.md if there are two sizes
or more, of 10,000 rows at least.
"""

import argparse
import asyncio
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from itertools import count
from statistics import median

from sqlalchemy import event, make_url, text
from sqlalchemy.ext.asyncio import AsyncSession

from bench import clusters, growth_report, inbox, machine
from bench.failures import RowsMiscounted, Unmeasurable
from bench.growth_report import Curve, Point
from bench.growth_rows import SEATS, Filling, prepare
from bench.inbox import NOW, Ask, Stopwatch
from bench.machine import Cores
from models import Consultation, Registration, StaffAccount, Visitor
from models.vocabulary import Language, PersonalContactKind, StaffRole
from services import consultations, figures, funnels, webinars
from services.exports import visits as reports
from services.exports.streams import FileKind
from services.exports.visits import VisitTable
from services.feedback import tags
from services.feedback_desk import exporting, log
from services.feedback_desk.answering import Deed
from services.feedback_desk.exporting import Order, Purpose
from services.feedback_desk.log import Filter
from services.figures import Choice
from services.registrations import ContactSafe, PersonalContact, booking, seats
from services.registrations.booking import Registrant, Wish
from services.runtime.blind_index import BlindIndex
from services.runtime.clock import utc_now
from services.runtime.database import Database
from services.runtime.sealing import Sealer
from services.visits import Days, beijing_day
from services.webinar_desk import lists

SIZES = (10_000, 100_000, 1_000_000)
LEAST_KEPT = 10_000
"""Of fewer rows it is a trial: its figures are printed, not kept."""

REST = 10
"""Registrations and comments are so many times fewer than messages and counters."""

COUNTERS_BESIDE = 100_000
"""Counters of visits that the figures are summed up from, however many messages there are."""

MOST, LEAST = 200, 11
"""Repetitions of one call."""

MONTH = Days(beijing_day(NOW) - timedelta(days=29), beijing_day(NOW))

LIST = Curve("Inbox: a page of who waits", "messages", flat=True, reach_ms={"SQLite": 1.0})
SEARCH = Curve(
    "Inbox: search", "messages", flat=True, reach_ms={"SQLite": 5.0, "PostgreSQL": 100.0}
)
FIGURES = Curve("Figures: the whole page, 30 days", "messages", flat=False)
FUNNEL = Curve("Visits: funnel and report, 30 days", "counters of visits", flat=True)
EVERY_DAY = Curve("Visits: funnel and report, from the first day on", "counters of visits")
PEOPLE = Curve("Registrations: a page of the desk's list", "registrations", flat=True)
SUMS = Curve("Registrations: the numbers beside the list", "registrations")
ONE_MORE = Curve("Registrations: one more, committed", "registrations", flat=True)
LOG = Curve("Feedback: 50 entries of the log", "comments", flat=True)
LOG_PAGE = Curve("Feedback: the log's page with its count", "comments")
EXPORT = Curve("Feedback: export as CSV", "comments")

_phones = count(13_000_000_000)


@dataclass
class Meter:
    """Times calls on one database."""

    kind: str
    database: Database
    longest_seconds: float
    """How long one call is repeated, but for the least repetitions."""

    companions: Callable[[], Sequence[int]] = list
    points: list[Point] = field(default_factory=list)
    watch: Stopwatch = field(default_factory=Stopwatch)

    def __post_init__(self) -> None:
        """Look at every statement."""
        for engine in {self.database.reader.sync_engine, self.database.writer.sync_engine}:
            event.listen(engine, "before_cursor_execute", self.watch.start)
            event.listen(engine, "after_cursor_execute", self.watch.stop)

    async def reads(self, curve: Curve, rows: int, *, call: str, ask: Ask) -> None:
        """Time what reads in a snapshot."""

        async def read() -> None:
            async with self.database.snapshot() as db:
                await ask(db)

        await self.calls(curve, rows, call=call, do=read)

    async def calls(
        self, curve: Curve, rows: int, *, call: str, do: Callable[[], Awaitable[None]]
    ) -> None:
        """Time anything, after one call that fills caches."""
        await do()
        spent: list[float] = []
        inside: list[float] = []
        cpu, began = self._cpu(), time.perf_counter()
        while len(spent) < LEAST or (
            len(spent) < MOST and time.perf_counter() - began < self.longest_seconds
        ):
            self.watch.milliseconds, at = 0.0, time.perf_counter()
            await do()
            spent.append((time.perf_counter() - at) * 1000)
            inside.append(self.watch.milliseconds)
        cpu_ms = (self._cpu() - cpu) * 1000 / len(spent)
        found = Point(curve, self.kind, rows, call, spent, median(inside), cpu_ms)
        self.points.append(found)
        print(found, flush=True)

    def _cpu(self) -> float:
        return time.process_time() + sum(map(machine.cpu_seconds, self.companions()))


async def _messages(meter: Meter, sizes: Sequence[int]) -> None:
    filling = Filling(meter.database)
    await Filling(meter.database).visits(min(sizes[-1], COUNTERS_BESIDE))
    consultation = await _consultation(meter.database)
    for size in sizes:
        await filling.messages(size)
        for series, ask in inbox.asked_of().items():
            curve = LIST if series.startswith("a page") else SEARCH
            await meter.reads(curve, size, call=series, ask=ask)
        # When the newest message was said, so that the 30 days before hold as many as they do.
        now = NOW - timedelta(days=90) + timedelta(seconds=7 * size)
        board = partial(
            figures.gather,
            choice=Choice.MONTH,
            consultation=consultation,
            language=Language.ZH,
            now=now,
        )
        await meter.reads(FIGURES, size, call="all pictures", ask=board)


async def _visits(meter: Meter, sizes: Sequence[int]) -> None:
    filling = Filling(meter.database)
    for size in sizes:
        await filling.visits(size)
        for curve, days in ((FUNNEL, MONTH), (EVERY_DAY, Days())):
            funnel = partial(funnels.by_channel, days=days)
            await meter.reads(curve, size, call="funnel", ask=funnel)
            report = partial(reports.make, table=VisitTable.DAYS, days=days, language=Language.ZH)
            await meter.reads(curve, size, call="report by days", ask=report)


async def _registrations(meter: Meter, sizes: Sequence[int]) -> None:
    filling, database = Filling(meter.database), meter.database
    key = "0" * 64
    safe = ContactSafe(Sealer(key), BlindIndex(key))
    async with database.transaction() as db:
        await seats.set_seats(db, slug="china", seats=SEATS, now=NOW)
        webinar = await webinars.by_slug(db, slug="china")
    for size in sizes:
        await filling.registrations(size, webinar_id=webinar.id)
        page = partial(lists.listed, webinar=webinar, safe=safe)
        last = lists.Asked(after=max(size - lists.PAGE, 0))
        for series, asked in (("first page", lists.Asked()), ("last page", last)):
            await meter.reads(PEOPLE, size, call=series, ask=partial(page, asked=asked))
        async with database.snapshot() as db:
            shown = await page(db, asked=last)
        line = partial(lists.line, webinar=webinar, among=shown.registrations)
        await meter.reads(SUMS, size, call="places in the line", ask=line)
        await meter.reads(SUMS, size, call="numbers of each state", ask=lists.numbers)
        await meter.calls(ONE_MORE, size, call="book", do=partial(_book, database, safe))
        more = 1 + meter.points[-1].repetitions
        await filling.require(size + more, Registration)


async def _book(database: Database, safe: ContactSafe) -> None:
    contact = PersonalContact(PersonalContactKind.PHONE, f"+86{next(_phones)}")
    wish = Wish("王芳", "某某铝业有限公司", contact)
    async with database.transaction() as db:
        visitor = Visitor(first_seen_at=NOW, last_seen_at=NOW)
        db.add(visitor)
        await db.flush()
        await booking.book(db, slug="china", wish=wish, who=Registrant(visitor, safe, NOW))


async def _feedback(meter: Meter, sizes: Sequence[int]) -> None:
    filling, database = Filling(meter.database), meter.database
    round_ = await _consultation(database)
    part = partial(log.part, consultation_id=round_.id, which=Filter())

    async def page(db: AsyncSession) -> None:
        shown = await part(db)
        await log.count(db, consultation_id=round_.id, which=Filter())
        await tags.of_items(db, item_ids=[entry.item.id for entry in shown.entries])
        await tags.offered(db, consultation_id=round_.id)

    for size in sizes:
        await filling.feedback(size, consultation_id=round_.id)
        middle = f"ASI-CN-2026-{size // 2:05d}"
        await meter.reads(LOG, size, call="newest", ask=part)
        await meter.reads(LOG, size, call="in the middle", ask=partial(part, after=middle))
        await meter.reads(LOG_PAGE, size, call="as the desk asks", ask=page)
        for series, pieces in (("first byte", 1), ("first 200 rows", 2)):
            export = partial(_export, database, round_, pieces)
            await meter.calls(EXPORT, size, call=series, do=export)


async def _export(database: Database, consultation: Consultation, pieces: int) -> None:
    order = Order(
        which=Filter(),
        kind=FileKind.CSV,
        purpose=Purpose.HERE,
        with_persons=True,
        language=Language.ZH,
    )
    reader = StaffAccount(
        login="bench", name="Bench", role=StaffRole.ADMIN, password_hash="", created_at=NOW
    )
    async with database.transaction() as db:
        file = await exporting.export(
            db,
            database=database,
            consultation=consultation,
            order=order,
            by=Deed(account=reader, may_publish=False, now=NOW),
        )
    for _ in range(pieces):
        if not await anext(file):
            message = "An export gives nothing."
            raise RowsMiscounted(message)


async def _consultation(database: Database) -> Consultation:
    async with database.snapshot() as db:
        return await consultations.current(db, now=NOW)


@dataclass(frozen=True)
class Sizes:
    """How many rows there are at the points of the curves."""

    messages: Sequence[int] = SIZES
    """The index of search makes them slow to fill in."""

    counters: Sequence[int] = SIZES

    @property
    def rarer(self) -> Sequence[int]:
        """Registrations and comments."""
        return [max(size // REST, 1) for size in self.counters]


@dataclass(frozen=True)
class Part:
    """Curves that are measured in one database."""

    name: str
    measure: Callable[[Meter, Sequence[int]], Awaitable[None]]
    sizes: Callable[[Sizes], Sequence[int]]


PARTS = (
    Part("messages", _messages, lambda sizes: sizes.messages),
    Part("visits", _visits, lambda sizes: sizes.counters),
    Part("registrations", _registrations, lambda sizes: sizes.rarer),
    Part("feedback", _feedback, lambda sizes: sizes.rarer),
)


def measure(sizes: Sizes, *, longest_seconds: float, cores: Cores) -> list[Point]:
    """Measure all curves, each part in a database of its own, filled further at each size.

    Raises:
        Unmeasurable, RowsMiscounted
    """
    meters: list[Meter] = []
    os.sched_setaffinity(0, {cores.loading})
    with tempfile.TemporaryDirectory(prefix="asi-bench-") as folder:
        prepare(f"sqlite:///{folder}/empty.db")
        for part in PARTS:
            file = shutil.copyfile(f"{folder}/empty.db", f"{folder}/{part.name}.db")
            meters.append(Meter("SQLite", Database(f"sqlite:///{file}"), longest_seconds))
            asyncio.run(_measured(part, meters[-1], sizes))
    with clusters.running(core=cores.serving) as cluster:
        prepare(cluster.url)
        for part in PARTS:
            database = Database(asyncio.run(_copied(cluster.url, part.name)))
            meters.append(Meter("PostgreSQL", database, longest_seconds, cluster.processes))
            asyncio.run(_measured(part, meters[-1], sizes))
    return [point for meter in meters for point in meter.points]


async def _measured(part: Part, meter: Meter, sizes: Sizes) -> None:
    try:
        await part.measure(meter, part.sizes(sizes))
    finally:
        await meter.database.close()


async def _copied(address: str, name: str) -> str:
    """Make a database like the one that stands ready; give its address."""
    database = Database(address)
    async with database.writer.connect() as connection:
        apart = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await apart.execute(text(f"CREATE DATABASE {name} TEMPLATE postgres"))
    await database.close()
    return make_url(address).set(database=name).render_as_string(hide_password=False)


def run(cores: Cores, sizes: Sizes | None = None, *, longest_seconds: float = 1.0) -> int:
    """Measure in this process, which stays on one core; print, keep.

    Gives 2 where something takes longer than it may, 1 where there are no figures.
    """
    sizes = sizes or Sizes()
    loads = [os.getloadavg()[0]]
    try:
        points = measure(sizes, longest_seconds=longest_seconds, cores=cores)
    except (Unmeasurable, RowsMiscounted, OSError) as failure:
        print(f"No figures. {failure}", file=sys.stderr)
        return 1
    loads.append(os.getloadavg()[0])
    written = growth_report.text(points, measured_at=utc_now(), loads=loads, most=MOST)
    print(written)
    if len(sizes.counters) > 1 and min(sizes.messages[-1], sizes.counters[-1]) >= LEAST_KEPT:
        growth_report.GROWTH.write_text(written, encoding="utf-8")
    else:
        print(f"A trial; {growth_report.GROWTH.name} needs two sizes and {LEAST_KEPT:,} rows.")
    return 0 if all(point.reached is not False for point in points) else 2


def _several(words: str) -> Sequence[int]:
    return sorted(map(int, words.split(",")))


def main() -> int:
    """Measure the curves alone."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    parser = argparse.ArgumentParser(prog="python -m bench.growth", description=__doc__)
    parser.add_argument("--sizes", type=_several, default=SIZES, help="points of all curves")
    parser.add_argument("--messages", type=_several, help="points of those over messages")
    parser.add_argument("--seconds", type=float, default=1.0, help="longest for one call")
    arguments = parser.parse_args()
    wanted = Sizes(arguments.messages or arguments.sizes, arguments.sizes)
    return run(machine.cores(), wanted, longest_seconds=arguments.seconds)


if __name__ == "__main__":
    sys.exit(main())
