"""The inbox as it grows: a page of its list, searching, writing and erasing, alone.

`python -m bench.inbox [sqlite|postgres] [messages]`
"""

import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import accumulate
from pathlib import Path
from statistics import median
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import event, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from bench import clusters, machine
from models import Conversation, Message
from models.vocabulary import Account, Author, ConversationStatus, MessageKind, WindowKind
from services.conversations import text_index
from services.inbox import listing, searching
from services.inbox.listing import Folder
from services.runtime import schema
from services.runtime.database import Database

SIZES = (10_000, 100_000, 1_000_000)
TALK = 10
"""Messages of one conversation."""

LENGTH = 30
"""Characters of a message."""

AT_ONCE = 2000
PUSHES = 25
"""Messages that come in one transaction, as derivation brings them."""

WRITTEN = 40
"""Such transactions timed."""

ROUNDS = 11
NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)
SIGNS = [chr(0x4E00 + number) for number in range(3000)]
WEIGHTS = list(accumulate(1 / (number + 10) for number in range(len(SIGNS))))
"""Characters are as unevenly frequent as in Chinese: the first is in every other message."""

RARE = SIGNS[-1]
COMMON = SIGNS[0]
WORDS = {
    "1 character, common": COMMON,
    "1 character, rare": RARE,
    "1 character, no hit": "龘",
    "2 characters, common": COMMON + SIGNS[1],
    "2 characters, rare": SIGNS[400] + SIGNS[600],
    "2 characters, no hit": "龘靐",
    "4 characters, found": "".join(SIGNS[:4]),
    "4 characters, no hit": "龘靐齉爩",
}
UNLUCKY = COMMON * 5
"""Of one pair that is everywhere, and itself nowhere: what an index without positions dislikes."""

REACH_MS = {"sqlite": 5.0, "postgresql": 100.0}
"""What a search may take at 10^6 messages: performance.md, section 6."""

INDEX = """
    CREATE INDEX ix_messages_pairs ON messages USING gin (message_pairs(text))
    WHERE author <> 'automatic'
"""
"""As migration 0024 makes it."""

Ask = Callable[[AsyncSession], Awaitable[object]]


@dataclass
class Stopwatch:
    """Adds up the time of statements in the database."""

    milliseconds: float = 0.0
    _began: float = 0.0

    def start(self, *_: object) -> None:
        """Begin with a statement."""
        self._began = time.perf_counter()

    def stop(self, *_: object) -> None:
        """End with it."""
        self.milliseconds += (time.perf_counter() - self._began) * 1000


async def measure(address: str, sizes: tuple[int, ...]) -> int:
    """Fill, measure, print; 2 where a search takes longer than it may."""
    chance = random.Random(6)  # noqa: S311 - the same texts each time
    database = Database(address)
    kind, watch, worst = database.writer.dialect.name, _watched(database), 0.0
    print(f"{kind}: milliseconds, the median of {ROUNDS}", flush=True)
    for before, size in zip((0, *sizes), sizes, strict=False):
        writing = await filled(database, range(before, size), chance)
        for name, ask in asked_of().items():
            spent = await _measured(database, ask, watch)
            worst = max(worst, spent if name in WORDS else 0.0)
            _say(size, name, spent)
        _say(size, f"writing {PUSHES} messages", writing)
        _say(size, "erasing one conversation for good", await _erased(database))
    await database.close()
    return 0 if worst <= REACH_MS[kind] else 2


def _say(size: int, name: str, spent: float) -> None:
    print(f"{size:>9,}  {name:36} {spent:10.2f}", flush=True)


def _watched(database: Database) -> Stopwatch:
    watch = Stopwatch()
    event.listen(database.reader.sync_engine, "before_cursor_execute", watch.start)
    event.listen(database.reader.sync_engine, "after_cursor_execute", watch.stop)
    return watch


def asked_of() -> dict[str, Ask]:
    """Give what is asked, by its name."""
    asked: dict[str, Ask] = {
        name: partial(searching.found, word=word) for name, word in WORDS.items()
    }
    asked["5 characters, unlucky"] = partial(searching.found, word=UNLUCKY)
    nobody = uuid4()
    asked["a page of who waits"] = partial(
        listing.page, folder=Folder.WAITING, staff_id=nobody, after=None, now=NOW
    )
    return asked


async def _measured(database: Database, ask: Ask, watch: Stopwatch) -> float:
    spent = []
    for _ in range(ROUNDS):
        watch.milliseconds = 0.0
        async with database.snapshot() as db:
            await ask(db)
        spent.append(watch.milliseconds)
    return median(spent)


async def filled(database: Database, numbers: range, chance: random.Random) -> float:
    """Put messages in; give how long a transaction took when few came at a time."""
    talk, slow = uuid4(), max(numbers.stop - WRITTEN * PUSHES, numbers.start)
    await _without_index(database)
    spent = []
    for first in (*range(numbers.start, slow, AT_ONCE), *range(slow, numbers.stop, PUSHES)):
        most = PUSHES if first >= slow else min(AT_ONCE, slow - first)
        if first == slow:
            await _with_index(database)
        began = time.perf_counter()
        async with database.transaction() as db:
            talk = await _insert(db, range(first, first + most), talk=talk, chance=chance)
        if first >= slow:
            spent.append((time.perf_counter() - began) * 1000)
    if not database.is_sqlite:
        async with database.writer.connect() as connection:
            apart = await connection.execution_options(isolation_level="AUTOCOMMIT")
            await apart.execute(text("VACUUM ANALYZE"))
    return median(spent)


async def _without_index(database: Database) -> None:
    """Let PostgreSQL make its index of many messages at once, as one would for so many."""
    if not database.is_sqlite:
        async with database.transaction() as db:
            await db.execute(text("DROP INDEX ix_messages_pairs"))


async def _with_index(database: Database) -> None:
    if not database.is_sqlite:
        async with database.transaction() as db:
            await db.execute(text(INDEX))


async def _insert(db: AsyncSession, numbers: range, *, talk: UUID, chance: random.Random) -> UUID:
    talks, said = [], []
    for number in numbers:
        if number % TALK == 0:
            talk = uuid4()
            talks.append(_conversation(talk, number))
        said.append(_message(talk, number, chance))
    if talks:
        await db.execute(insert(Conversation), talks)
    await db.execute(insert(Message), said)
    return talk


def _conversation(talk: UUID, number: int) -> dict[str, Any]:
    at = NOW - timedelta(seconds=number % 200_000)
    waits = number % (TALK * 10) == 0
    return {
        "id": talk,
        "account": Account.OFFICIAL_ACCOUNT,
        "openid": f"o{number:027}",
        "last_message_at": at,
        "waiting_since": at if waits else None,
        "unread": int(waits),
        "window_kind": WindowKind.MESSAGE,
        "window_closes_at": at + timedelta(hours=48),
        "window_left": 5,
        "status": ConversationStatus.OPEN if waits else ConversationStatus.WAITING,
        "answers": 0,
        "version": 1,
    }


def _message(talk: UUID, number: int, chance: random.Random) -> dict[str, Any]:
    return {
        "id": uuid4(),
        "conversation_id": talk,
        "author": Author.VISITOR,
        "kind": MessageKind.TEXT,
        "said_at": NOW - timedelta(days=90) + timedelta(seconds=7 * number),
        "text": "".join(chance.choices(SIGNS, cum_weights=WEIGHTS, k=LENGTH)),
    }


async def _erased(database: Database) -> float:
    began = time.perf_counter()
    async with database.transaction() as db:
        talk = select(Message.conversation_id).limit(1).scalar_subquery()
        ours = Message.conversation_id == talk
        await db.execute(
            update(Message).where(ours).values(text=None),
            execution_options={"synchronize_session": False},
        )
    await text_index.settle(database)
    return (time.perf_counter() - began) * 1000


@contextmanager
def _address(kind: str) -> Iterator[str]:
    if kind == "sqlite":
        with tempfile.TemporaryDirectory(prefix="asi-bench-") as folder:
            yield f"sqlite:///{Path(folder)}/asi.db"
        return
    with clusters.running(core=machine.cores().serving) as cluster:
        yield cluster.url


def main() -> int:
    """Measure this table alone and print it; nothing is kept."""
    kind = (*sys.argv[1:2], "sqlite")[0]
    most = int(sys.argv[2]) if sys.argv[2:] else SIZES[-1]
    with _address(kind) as address:
        schema.upgrade(address)
        return asyncio.run(measure(address, tuple(size for size in SIZES if size <= most)))


if __name__ == "__main__":
    sys.exit(main())
