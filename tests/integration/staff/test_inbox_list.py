"""The list gives everybody once, those first whose window shuts first; its watchers hear of all.

On both databases: it pages by keys and looks back in time.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from itertools import chain
from uuid import UUID

import pytest

from api.staff import live
from models import Conversation, Message
from models.vocabulary import Author, MessageKind
from services.conversations import changes
from services.inbox import listing, threads
from services.inbox.listing import Folder, Place
from services.inbox.watching import Listener, Watch
from services.runtime.database import Database
from tests.integration.staff.talks import write
from tests.support.clocks import SetClock

NOBODY = UUID(int=0)
LASTS = 30.0


async def _pages(database: Database, folder: Folder, clock: SetClock) -> list[list[UUID]]:
    pages: list[list[UUID]] = []
    after = None
    while not pages or after:
        async with database.snapshot() as db:
            page = await listing.page(
                db, folder=folder, staff_id=NOBODY, after=after, now=clock.now
            )
        pages.append([entry.conversation.id for entry in page.entries])
        after = Place.read(str(page.next)) if page.next else None
    return pages


async def test_whose_window_shuts_first_comes_first(
    database: Database, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "PAGE", 2)
    ages = (3, 60, 1, 50, 3, 2)
    talks = [
        await write(database, "在吗", at=clock.now - timedelta(hours=age), openid=f"o{number:027}")
        for number, age in enumerate(ages)
    ]
    same = sorted([talks[0], talks[4]], key=lambda one: one.hex)

    waiting = await _pages(database, Folder.WAITING, clock)
    newest = await _pages(database, Folder.ALL, clock)

    # Two at the same instant go by their keys, up or down as the list does.
    assert list(chain(*waiting)) == [*same, talks[5], talks[2], talks[3], talks[1]]
    assert list(chain(*newest)) == [talks[2], talks[5], *reversed(same), talks[3], talks[1]]
    assert [len(page) for page in waiting] == [2, 2, 2]
    assert Place.read("open~yesterday~1") is None
    assert Place.read(f"open~0001-01-01T00:00:00+08:00~{NOBODY}") is None


async def test_a_long_conversation_is_read_backwards(
    database: Database, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threads, "MOST", 1)
    talk = await write(database, "第一条", at=clock.now)
    async with database.transaction() as db:
        db.add(
            Message(
                conversation_id=talk,
                author=Author.VISITOR,
                kind=MessageKind.TEXT,
                said_at=clock.now + timedelta(seconds=1),
                text="第二条",
            )
        )
    async with database.snapshot() as db:
        newest = await threads.show(db, conversation_id=talk, now=clock.now)
        older = await threads.show(db, conversation_id=talk, now=clock.now, before=newest.older)

    said = [line.message.text for line in (*newest.lines, *older.lines) if line.message]
    assert said == ["第二条", "第一条"]
    assert older.older is None


@asynccontextmanager
async def _watching(database: Database, clock: SetClock) -> AsyncIterator[Watch]:
    watch, stop = Watch(database, clock=clock), asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(watch.run(stop))
        yield watch
        stop.set()
        watch.wake()


async def test_a_change_is_heard_of(database: Database, clock: SetClock) -> None:
    talk = await write(database, "在吗", at=clock.now)
    async with _watching(database, clock) as watch:
        with watch.listening() as listener:
            first = await listener.heard(within=LASTS)
            async with database.transaction() as db:
                changes.note(await db.get_one(Conversation, talk), now=clock.now)
            second = await listener.heard(within=LASTS)

    assert first == second == {talk}
    assert listener.over is False


async def test_a_stream_ends_with_its_session(database: Database, clock: SetClock) -> None:
    answers = iter([True, False])

    async def lasts() -> bool:
        return next(answers)

    async with _watching(database, clock) as watch:
        stream = live.stream(watch, scope={}, about=None, lasts=lasts, heartbeat=0.01)
        said = [event async for event in stream.body_iterator]

    assert said == [live.CHANGED, live.ALIVE, live.OVER]


class _Told(Watch):
    """Gives out whom it tells."""

    listener: Listener

    @contextmanager
    def listening(self) -> Iterator[Listener]:
        with super().listening() as self.listener:
            yield self.listener


async def test_steady_news_do_not_keep_a_stream_open(database: Database, clock: SetClock) -> None:
    async def lasts() -> bool:
        return False

    watch, said = _Told(database, clock=clock), []
    stream = live.stream(watch, scope={}, about=None, lasts=lasts, heartbeat=0.05)
    async with asyncio.timeout(LASTS / 10):
        async for event in stream.body_iterator:
            said.append(event)
            watch.listener.tell({NOBODY})
            await asyncio.sleep(0)

    assert (said.pop(), set(said)) == (live.OVER, {live.CHANGED})


async def test_a_session_is_not_looked_at_for_the_news_of_others(
    database: Database, clock: SetClock
) -> None:
    asked = []

    async def lasts() -> bool:
        asked.append(clock.now)
        return True

    watch, about = _Told(database, clock=clock), UUID(int=1)
    stream = live.stream(watch, scope={}, about=about, lasts=lasts, heartbeat=LASTS)
    events = aiter(stream.body_iterator)
    first, second = await anext(events), asyncio.ensure_future(anext(events))
    for told in (NOBODY, NOBODY, about):
        for _ in range(9):
            await asyncio.sleep(0)
        watch.listener.tell({told})

    assert [first, await second] == [live.CHANGED, live.CHANGED]
    assert asked == []


async def test_a_stream_ends_with_the_process(database: Database, clock: SetClock) -> None:
    async def lasts() -> bool:
        return True

    async with _watching(database, clock) as watch:
        scope: dict[str, dict[str, asyncio.Event]] = {}
        stream = live.stream(watch, scope=scope, about=None, lasts=lasts)
        events = aiter(stream.body_iterator)
        first = await anext(events)
        scope["state"]["leaving"].set()
        rest = [event async for event in events]

    assert (first, rest) == (live.CHANGED, [])
