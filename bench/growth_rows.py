"""Rows for growth: many at once, of the shape that the service itself leaves behind."""

import asyncio
import hashlib
import itertools
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Table, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from bench import inbox, servers
from bench.failures import RowsMiscounted
from bench.inbox import NOW
from models import (
    Channel,
    Conversation,
    FeedbackItem,
    FeedbackVersion,
    LinkVisit,
    Message,
    PageVisit,
    Registration,
    ShortLink,
    VisitDay,
    Visitor,
    VisitorCount,
)
from models.base import Base
from models.vocabulary import (
    ClientKind,
    FeedbackKind,
    FeedbackSource,
    Language,
    PersonalContactKind,
    RegistrationState,
    VisitKind,
    VisitorScope,
)
from services.content import loading, reading
from services.registrations.booking import CODE_LETTERS
from services.runtime import schema
from services.runtime.database import Database
from services.visits import beijing_day

AT_ONCE = 5000

LINKS_A_DAY, PAGES_A_DAY, DEVICES_A_DAY = 560, 220, 60
A_DAY = LINKS_A_DAY + PAGES_A_DAY + DEVICES_A_DAY
"""Counters that one day leaves: by link, channel, client and kind; by page; of devices."""

SEATS = 500
COMMENT = "建议明确现有赤泥堆场适用新要求的过渡期，并说明与现行国家标准的关系。"
CLIENTS = (ClientKind.WECHAT, ClientKind.BROWSER, ClientKind.WECHAT_DESKTOP, ClientKind.BOT)


def prepare(address: str) -> None:
    """Migrate a database and load the content."""
    schema.upgrade(address)
    asyncio.run(_load(address))


async def _load(address: str) -> None:
    database, pack = Database(address), reading.read(servers.CONTENT)
    async with database.transaction() as db:
        await loading.load(db, pack=pack, now=NOW - timedelta(days=30))
    await database.truncate_log()
    await database.close()


@dataclass
class Filling:
    """Fills one database, further at each size."""

    database: Database
    chance: random.Random = field(default_factory=lambda: random.Random(9))  # noqa: S311 - the same texts each time
    made: int = 0

    async def messages(self, size: int) -> None:
        """Bring the messages to a size, ten to a conversation, as `bench.inbox` makes them."""
        await inbox.filled(self.database, range(self.made, size), self.chance)
        async with self.database.transaction() as db:
            # Response times look at conversations that people of ours have answered in.
            await db.execute(update(Conversation).values(answers=1))
        self.made = size
        await self.settled()
        await self.require(size, Message)

    async def visits(self, size: int) -> None:
        """Bring the counters to a size, day after day back from the newest."""
        async with self.database.transaction() as db:
            shapes = await _shapes(db)
            first, last = self.made // A_DAY, -(-size // A_DAY)
            for ago in range(first, last):
                day_on = beijing_day(NOW) - timedelta(days=ago)
                begin = max(self.made - ago * A_DAY, 0)
                await _put(db, VisitDay, [{"day_on": day_on, "salt": None}] if not begin else [])
                which = slice(begin, min(size - ago * A_DAY, A_DAY))
                await _put_day(db, shapes, day_on=day_on, which=which)
        self.made = size
        await self.settled()
        await self.require(size, LinkVisit, PageVisit, VisitorCount)

    async def registrations(self, size: int, *, webinar_id: UUID) -> None:
        """Bring one webinar's registrations to a size: 500 seats, some cancelled, a long line."""
        for numbers in _batches(await self.count(Registration), size):
            people = [uuid4() for _ in numbers]
            async with self.database.transaction() as db:
                seen = {"first_seen_at": NOW, "last_seen_at": NOW}
                await _put(db, Visitor, [{"id": one, **seen} for one in people])
                rows = [
                    _registration(webinar_id, visitor_id, number + 1)
                    for visitor_id, number in zip(people, numbers, strict=True)
                ]
                await _put(db, Registration, rows)
        await self.settled()
        await self.require(size, Registration)

    async def feedback(self, size: int, *, consultation_id: UUID) -> None:
        """Bring the log of a round to a size, each comment in one version."""
        for numbers in _batches(await self.count(FeedbackItem), size):
            items = [_item(consultation_id, number + 1) for number in numbers]
            said = [
                _version(item["id"], number + 1)
                for item, number in zip(items, numbers, strict=True)
            ]
            async with self.database.transaction() as db:
                await _put(db, FeedbackItem, items)
                await _put(db, FeedbackVersion, said)
        await self.settled()
        await self.require(size, FeedbackItem)
        await self.require(size, FeedbackVersion)

    async def settled(self) -> None:
        """Let PostgreSQL take notice of what came, as it does by itself after a while."""
        if not self.database.is_sqlite:
            async with self.database.writer.connect() as connection:
                apart = await connection.execution_options(isolation_level="AUTOCOMMIT")
                await apart.execute(text("VACUUM ANALYZE"))

    async def count(self, *tables: type[Base]) -> int:
        """Count the rows of some tables together."""
        async with self.database.snapshot() as db:
            counts = [await db.scalar(select(func.count()).select_from(one)) for one in tables]
        return sum(count or 0 for count in counts)

    async def require(self, size: int, *tables: type[Base]) -> None:
        """Make sure that a point is measured with as many rows as it says.

        Raises:
            RowsMiscounted
        """
        found = await self.count(*tables)
        if found != size:
            names = ", ".join(one.__tablename__ for one in tables)
            message = f"{names}: {found:,} rows, not {size:,}"
            raise RowsMiscounted(message)


def _batches(begin: int, end: int) -> list[range]:
    return [range(first, min(first + AT_ONCE, end)) for first in range(begin, end, AT_ONCE)]


async def _put(db: AsyncSession, table: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        assert isinstance(table.__table__, Table)  # noqa: S101 - no model of ours is a query
        # Past the ORM, which would keep each row's key.
        await (await db.connection()).execute(insert(table.__table__), list(rows))


@dataclass(frozen=True)
class _Shapes:
    """The counters of one day, but for the day."""

    links: Sequence[dict[str, Any]]
    pages: Sequence[dict[str, Any]]
    devices: Sequence[dict[str, Any]]


async def _shapes(db: AsyncSession) -> _Shapes:
    slugs = sorted(await db.scalars(select(ShortLink.slug)))
    channels = ["", *sorted(await db.scalars(select(Channel.code)))]
    kinds = (VisitKind.VISIT, VisitKind.SCAN)
    links = itertools.product(kinds, CLIENTS, channels, slugs)
    pages = itertools.product(CLIENTS, channels, (f"/pages/{number}" for number in range(40)))
    devices = itertools.product((VisitorScope.LINK, VisitorScope.CHANNEL), range(DEVICES_A_DAY))
    shapes = _Shapes(
        [
            {"slug": s, "channel": c, "client": w, "kind": k, "code": "", "visits": 3}
            for k, w, c, s in itertools.islice(links, LINKS_A_DAY)
        ],
        [
            {"path": p, "channel": c, "client": w, "visits": 5}
            for w, c, p in itertools.islice(pages, PAGES_A_DAY)
        ],
        [
            {"scope": scope, "name": f"{number:02}", "visitors": 2}
            for scope, number in itertools.islice(devices, DEVICES_A_DAY)
        ],
    )
    if (len(shapes.links), len(shapes.pages)) != (LINKS_A_DAY, PAGES_A_DAY):
        message = "The content has too few links and channels for a day's counters."
        raise RowsMiscounted(message)
    return shapes


async def _put_day(db: AsyncSession, shapes: _Shapes, *, day_on: date, which: slice) -> None:
    every = [
        *((LinkVisit, row) for row in shapes.links),
        *((PageVisit, row) for row in shapes.pages),
        *((VisitorCount, row) for row in shapes.devices),
    ][which]
    for table in (LinkVisit, PageVisit, VisitorCount):
        await _put(db, table, [row | {"day_on": day_on} for of, row in every if of is table])


def _registration(webinar_id: UUID, visitor_id: UUID, number: int) -> dict[str, Any]:
    state = RegistrationState.WAITING
    if number <= SEATS:
        state = RegistrationState.CONFIRMED
    elif number % 10 == 0:
        state = RegistrationState.CANCELLED
    return {
        "id": uuid4(),
        "webinar_id": webinar_id,
        "visitor_id": visitor_id,
        "name": f"王芳{number}",
        "organisation": "某某铝业有限公司",
        "contact_kind": PersonalContactKind.PHONE,
        "sealed_contact": b"\0" * 60,
        "contact_index": hashlib.sha256(b"%d" % number).digest(),
        "number": number,
        "code": _code(number),
        "state": state,
        "registered_at": NOW - timedelta(seconds=1),
        "may_transfer_abroad": False,
        "sequence": 0,
    }


def _code(number: int) -> str:
    letters = ""
    for _ in range(8):
        number, place = divmod(number, len(CODE_LETTERS))
        letters += CODE_LETTERS[place]
    return letters


def _item(consultation_id: UUID, number: int) -> dict[str, Any]:
    return {
        "id": uuid4(),
        "consultation_id": consultation_id,
        "receipt": f"ASI-CN-2026-{number:05d}",
        "submitted_at": _said(number),
        "source": FeedbackSource.MINI_PROGRAM,
        "kind": FeedbackKind.COMMENT,
        "versions": 1,
    }


def _version(item_id: UUID, number: int) -> dict[str, Any]:
    digest = hashlib.sha256(b"%d" % number).hexdigest()
    return {
        "id": uuid4(),
        "item_id": item_id,
        "ordinal": 1,
        "written_at": _said(number),
        "series": "2026",
        "position": number,
        "salt": b"\0" * 16,
        "content_sha256": digest,
        "receipt_sha256": digest,
        "language": Language.ZH,
        "standard": "PS",
        "version": "V4",
        "section": "10",
        "comment": COMMENT * 3,
        "may_contact": False,
        "may_publish_text": True,
        "may_publish_name": False,
        "may_transfer_abroad": number % 2 == 0,
        "attachments": [],
    }


def _said(number: int) -> datetime:
    return NOW - timedelta(days=10) + timedelta(seconds=8 * number)
