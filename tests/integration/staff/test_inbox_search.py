"""Search: the index finds just what looking at every text finds, and keeps nothing erased."""

import random
import sqlite3
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from uuid import UUID

import anyio
import pytest
from sqlalchemy import Connection, create_engine, insert, make_url, select, update

from models import Conversation, Message, MessageNumber
from models.vocabulary import Account, Author, MessageKind
from services.conversations import personal, text_index
from services.inbox import patterns, searching
from services.runtime.database import Database
from tests.integration.staff.talks import write
from tests.support.clocks import SetClock
from tests.support.templates import Template

SIGNS = "铝铝铝业标准aAbB%_\\'é😀 \n尾"
TEXTS = 400
CANARY = "龘靐齉爩"


async def _looked_for(database: Database, word: str) -> list[UUID]:
    """Look at every text, as search did before it had an index."""
    async with database.snapshot() as db:
        found = await db.scalars(
            select(Message.id)
            .join(Conversation, Conversation.id == Message.conversation_id)
            .where(
                patterns.contains(Message.text, word),
                Message.author != Author.AUTOMATIC,
                Conversation.openid.is_not(None),
            )
            .order_by(Message.said_at.desc(), Message.id.desc())
            .limit(searching.MOST)
        )
        return list(found)


async def _found(database: Database, word: str) -> list[UUID]:
    async with database.snapshot() as db:
        return [hit.message.id for hit in await searching.found(db, word=word)]


async def test_search_finds_what_looking_at_every_text_finds(
    database: Database, clock: SetClock
) -> None:
    chance = random.Random(53)  # noqa: S311 - the same texts each time
    words = await _say(database, clock, chance)
    await _unsay(database, clock)

    for word in words:
        assert await _found(database, word) == await _looked_for(database, word), repr(word)

    assert len(await _found(database, "铝")) == searching.MOST
    assert 0 < len(await _found(database, "尾")) < TEXTS


async def test_a_word_is_found_as_it_was_typed(database: Database, clock: SetClock) -> None:
    """SQLite knows small letters of ASCII alone, and people type wide ones."""
    wide = "".join(chr(ord(sign) + 0xFEE0) for sign in "ASI")
    await write(database, f"请问{wide}标准", "École", at=clock.now)

    found = [len(await _found(database, word)) for word in (wide, "École", "É", "asi")]

    assert found == [1, 1, 1, 0]


async def _say(database: Database, clock: SetClock, chance: random.Random) -> Sequence[str]:
    """Let much be said in no order, and give words: of it, and such as nobody said."""
    said = ["".join(chance.choices(SIGNS, k=chance.randrange(13))) for _ in range(TEXTS)]
    # Some at one instant, fewer than are given at once: among such the order is not promised.
    instants = [*chance.sample(range(TEXTS * 3), k=TEXTS - 40), *[TEXTS * 3] * 40]
    async with database.transaction() as db:
        talks = [Conversation(account=Account.OFFICIAL_ACCOUNT, openid=f"o{n:027}") for n in (1, 2)]
        talks.append(Conversation(account=Account.OFFICIAL_ACCOUNT))
        db.add_all(talks)
        await db.flush()
        db.add_all(
            Message(
                conversation_id=chance.choice(talks).id,
                author=chance.choice(list(Author)),
                kind=MessageKind.TEXT,
                said_at=clock.now + timedelta(microseconds=instant),
                text=text,
            )
            for text, instant in zip(said, instants, strict=True)
        )
    parts = [
        text[first : first + size] for text in said for first, size in ((0, 2), (1, 3), (2, 6))
    ]
    made = ["".join(chance.choices(SIGNS, k=size)) for size in (2, 2, 3, 4, 5) for _ in range(8)]
    return [*dict.fromkeys(SIGNS), *chance.sample([part for part in parts if part], k=60), *made]


async def _unsay(database: Database, clock: SetClock) -> None:
    """Empty some texts, change some, delete some: by every way that the database knows."""
    async with database.transaction() as db:
        some = list(await db.scalars(select(Message).order_by(Message.id).limit(90)))
        await personal.forget_words(db, some[:30], clock.now)
        ids = [message.id for message in some[30:60]]
        await db.execute(
            update(Message).where(Message.id.in_(ids)).values(text="标准 changed 尾"),
            execution_options={"synchronize_session": False},
        )
        for message in some[60:]:
            await db.delete(message)


@pytest.fixture
async def file(sqlite_template: Template, tmp_path: Path) -> AsyncIterator[Path]:
    """SQLite's file; PostgreSQL's index goes as its rows do."""
    with sqlite_template.copy(tmp_path) as url:
        yield Path(make_url(url).database or "")


async def test_what_was_erased_is_in_no_file_any_more(file: Path, clock: SetClock) -> None:
    database = Database(f"sqlite:///{file}")
    for number in range(30):
        await write(database, f"你好{CANARY}{number}", at=clock.now, openid=f"o{number:027}")
    await text_index.settle(database)
    await database.truncate_log()
    # FTS5 leaves out how a term begins where the one before it begins so too: not so this one.
    _, pair, _ = (f"{ord(one):x}00{ord(two):x}".encode() for one, two in pairwise(CANARY))
    before = pair in await _content(file)
    async with database.transaction() as db:
        await db.execute(
            update(Message).values(text=None), execution_options={"synchronize_session": False}
        )
    found = await _found(database, CANARY)

    await text_index.settle(database)
    await database.truncate_log()

    content = await _content(file)
    await database.close()
    assert (before, found) == (True, [])
    assert (pair in content, CANARY.encode() in content) == (False, False)


async def test_many_messages_of_one_second_are_indexed_as_easily_as_one(
    file: Path, clock: SetClock
) -> None:
    engine = create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        first, *_, last = [_steps(connection, clock.now, number) for number in range(600)]
        numbers = connection.scalars(select(MessageNumber.number)).all()
    engine.dispose()

    assert len(set(numbers)) == 600
    assert max(numbers) < (clock.now.timestamp() + 1) * 256_000_000
    assert last < first * 1.5


def _steps(connection: Connection, said_at: datetime, number: int) -> int:
    """Let something be said under a key that begins as all others; count SQLite's steps."""
    taken = [0]

    def count() -> None:
        taken[0] += 1

    raw = connection.connection.driver_connection
    assert isinstance(raw, sqlite3.Connection)
    raw.set_progress_handler(count, 10)
    connection.execute(
        insert(Message).values(
            id=UUID(int=number),
            conversation_id=UUID(int=1),
            author=Author.VISITOR,
            kind=MessageKind.TEXT,
            said_at=said_at,
            text="铝业标准",
        )
    )
    raw.set_progress_handler(None, 0)
    return taken[0]


async def _content(file: Path) -> bytes:
    return await anyio.Path(file).read_bytes()
