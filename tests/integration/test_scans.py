"""What was scanned: people told from programs, devices counted by the day, channels followed."""

import re
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import asdict
from datetime import date

import httpx2
import pytest
from sqlalchemy import select, text

from api.app import Application
from models import ChannelCode, FeedbackItem, VisitDay, VisitorMark
from models.vocabulary import VisitKind, VisitorScope
from services import funnels, jobs, visits
from services.funnels import Funnel
from services.privacy import work as privacy_work
from services.runtime.database import Database
from services.visits import Days, counting
from services.visits import work as visits_work
from tests.conftest import INSIDE_THE_ROUND, PUBLIC_URL
from tests.integration.pages.readers import Reader, comment, typed
from tests.support import agents, pushes
from tests.support.chats import chatting
from tests.support.clocks import SetClock

CODE = "4kd7pxn"
EVER = Days()

Come = Callable[..., Reader]


@pytest.fixture
async def come(application: Application, database: Database) -> AsyncIterator[Come]:
    """Gives somebody with a phone and an address of their own, before a poster with a code."""
    async with database.transaction() as db:
        made_at = INSIDE_THE_ROUND
        code = ChannelCode(
            slug=CODE, link_slug="article", channel="poster", label="郑州展台", created_at=made_at
        )
        db.add(code)
    async with AsyncExitStack() as stack:

        def open_browser(address: str, agent: str = agents.IOS_WECHAT) -> Reader:
            transport = httpx2.ASGITransport(application.asgi, client=(address, 40000))
            client = httpx2.AsyncClient(
                transport=transport, base_url=PUBLIC_URL, headers={"User-Agent": agent}
            )
            stack.push_async_callback(client.aclose)
            return Reader(client)

        yield open_browser


async def _poster(application: Application) -> Funnel:
    await application.parts.visits.flush()
    async with application.parts.database.snapshot() as db:
        found = {one.channel: one for one in await funnels.by_channel(db, days=EVER)}
    return found["poster"]


async def test_a_channel_is_followed_from_the_scan_to_the_seat_and_the_comment(
    application: Application, come: Come, database: Database
) -> None:
    wang, li = come("203.0.113.7"), come("203.0.113.8", agents.ANDROID_WECHAT)

    for person in (wang, li):
        await person.follow(await person.open(f"/r/{CODE}"))
    scanned = await wang.open(f"/r/{CODE}")
    register = _link(await wang.follow(scanned), "/webinars/china")
    form = _link(await wang.open(register), "/webinars/china/register")
    registered = await wang.fill_in(form, **typed())
    await wang.fill_in("/feedback/new?ch=poster", **comment())
    await li.fill_in("/feedback/new?ch=poster", **comment(anonymous="on"))
    await come("198.51.100.1", agents.CRAWLER).open(f"/r/{CODE}")
    await come("198.51.100.2", agents.CHROME).http.head(f"/r/{CODE}")
    await come("198.51.100.3", agents.CHROME).open("/r/article?ch=poster")

    assert scanned.headers["location"] == "/?ch=poster"
    assert "报名成功" in registered.text
    assert asdict(await _poster(application)) | {"label": None} == {
        "channel": "poster",
        "label": None,
        "scans": 3,
        "clicks": 1,
        "programs": 2,
        "visitors": 3,
        # Three times the article, the webinar, its form, and twice the one for comments.
        "opened": 7,
        "readers": 2,
        "registrations": 1,
        "feedback": 1,
    }
    async with database.snapshot() as db:
        assert set(await db.scalars(select(FeedbackItem.channel))) == {"poster", None}
        (code,) = await funnels.by_code(db, days=EVER)
        (day,) = await funnels.by_day(db, days=EVER)
        assert (code.scans, code.visitors, code.programs) == (3, 2, 2)
        assert (day.scans, day.clicks, day.opened) == (3, 1, 7)
        assert await funnels.by_day(db, days=Days(last=date(2026, 3, 1))) == []


async def test_devices_are_counted_when_their_day_is_over_and_nothing_else_stays(
    application: Application, come: Come, database: Database, clock: SetClock
) -> None:
    clock.set("2026-03-02T23:59:00+08:00")
    for address in ("203.0.113.7", "203.0.113.8", "203.0.113.8"):
        await come(address).open(f"/r/{CODE}")
    await application.parts.visits.flush()
    before = await _counted(database)
    marks = await _marks(database)
    await _run_jobs(database, clock)
    during = await _counted(database)

    clock.set("2026-03-03T00:00:00+08:00")
    await _run_jobs(database, clock)
    await come("203.0.113.7").open(f"/r/{CODE}")
    await application.parts.visits.flush()

    yesterday, today = date(2026, 3, 2), date(2026, 3, 3)
    assert before == during == {(yesterday, "code", CODE, 2), *_other_scopes(yesterday, 2)}
    # Six marks, none like another: nothing tells which code's and which channel's are one device's.
    assert len({mark for _, mark in marks}) == len(marks) == 6
    assert await _counted(database) == before | {(today, "code", CODE, 1), *_other_scopes(today, 1)}
    async with database.snapshot() as db:
        days = {day.day_on: day.salt for day in await db.scalars(select(VisitDay))}
        assert {mark.day_on for mark in await db.scalars(select(VisitorMark))} == {today}
    assert days[yesterday] is None
    assert days[today] is not None


@pytest.mark.any_database
async def test_who_comes_after_a_day_was_counted_is_marked_nowhere(
    application: Application, come: Come, database: Database, clock: SetClock
) -> None:
    async with database.transaction() as db:
        db.add(VisitDay(day_on=date(2026, 3, 2), salt=None))

    await come("203.0.113.7").open(f"/r/{CODE}")
    poster = await _poster(application)

    assert (poster.scans, poster.visitors) == (1, 0)
    assert await _marks(database) == []
    del clock


@pytest.mark.any_database
async def test_two_processes_count_a_device_once(
    application: Application, come: Come, database: Database, clock: SetClock
) -> None:
    other = visits.VisitCounter(database, clock=clock)
    await come("203.0.113.7").open(f"/r/{CODE}")
    scan = visits.visit(
        slug="article",
        channel="poster",
        channels=frozenset({"poster"}),
        user_agent=agents.IOS_WECHAT,
        kind=VisitKind.SCAN,
        code=CODE,
    )

    other.count(scan, "203.0.113.7", agents.IOS_WECHAT.encode())
    await other.flush()
    poster = await _poster(application)

    assert (poster.scans, poster.visitors) == (2, 1)


@pytest.mark.any_database
@pytest.mark.parametrize(("devices", "told_apart"), [(3, 3), (4, 0)])
async def test_what_the_database_refuses_is_counted_later(
    database: Database,
    clock: SetClock,
    monkeypatch: pytest.MonkeyPatch,
    devices: int,
    told_apart: int,
) -> None:
    monkeypatch.setattr(counting, "MOST_WAITING", 3)
    counter = visits.VisitCounter(database, clock=clock)
    visit = visits.visit(
        slug="survey",
        channel="",
        channels=frozenset(),
        user_agent=agents.CHROME,
        kind=VisitKind.VISIT,
    )
    for number in range(devices):
        counter.count(visit, f"device {number}", agents.CHROME.encode())
    await _execute(database, "ALTER TABLE visitor_marks RENAME TO gone")

    await counter.flush()
    waiting = counter.waiting
    await _execute(database, "ALTER TABLE gone RENAME TO visitor_marks")
    await counter.flush()

    assert (waiting, counter.waiting) == (devices, 0)
    async with database.snapshot() as db:
        assert [row.visits for row in await visits.totals(db, slug="survey")] == [devices]
        found = await visits.visitors(db, days=EVER)
    assert sum(one.visitors for one in found if one.scope is VisitorScope.LINK) == told_apart


@pytest.mark.any_database
async def test_pages_are_counted_alike_whether_the_edge_or_the_route_shows_them(
    application: Application, come: Come, database: Database
) -> None:
    person, hits = come("203.0.113.7"), application.edge.statistics.hits
    for _ in range(3):
        await person.open("/documents/ps-v4-draft?ch=event&lang=en")
    known = application.edge.statistics.hits - hits
    for _ in range(2):
        await person.open("/about?ch=made-up")
    await person.http.head("/documents/ps-v4-draft?ch=event&lang=en")
    await person.open("/documents/no-such-document?ch=event")
    await person.open("/webinars/china.ics?ch=event")
    await come("203.0.113.9", agents.CRAWLER).open("/documents/ps-v4-draft?ch=event&lang=en")
    await application.parts.visits.flush()

    assert known == 2
    async with database.snapshot() as db:
        rows = await visits.readings(db, days=EVER)
        read = await visits.visitors(db, days=EVER)
    assert {(row.path, row.channel, row.client.value, row.visits) for row in rows} == {
        ("/documents/ps-v4-draft", "event", "wechat", 3),
        ("/documents/ps-v4-draft", "event", "bot", 1),
        ("/about", "other", "wechat", 2),
    }
    assert {(one.scope, one.name, one.visitors) for one in read} == {
        (VisitorScope.READING, "event", 1),
        (VisitorScope.READING, "other", 1),
    }


@pytest.mark.any_database
async def test_the_accounts_own_codes_count_as_scanned(
    come: Come, database: Database, clock: SetClock
) -> None:
    del come  # which has put the poster up
    scenes = (("subscribe", f"qrscene_{CODE}"), ("SCAN", CODE), ("SCAN", "china"), ("SCAN", "no"))
    async with chatting(database, clock) as chat:
        for number, (event, key) in enumerate(scenes):
            fields = {"EventKey": key, "Ticket": "t"}
            await chat.push(pushes.event_xml(event, fields, at=pushes.AT + number))
        await chat.derive()
        await chat.derive()

    async with database.snapshot() as db:
        rows = await visits.links(db, days=EVER)
    assert [(row.slug, row.channel, row.code, row.kind.value, row.visits) for row in rows] == [
        ("article", "poster", CODE, "scan", 2),
        ("china", "", "", "scan", 1),
    ]


async def _execute(database: Database, statement: str) -> None:
    async with database.transaction() as db:
        await db.execute(text(statement))


def _link(page: httpx2.Response, path: str) -> str:
    """Give a link of a page, which has to say where its reader came from."""
    found = re.search(rf'href="({re.escape(path)}\?ch=poster)"', page.text)
    assert found, page.text
    return found[1]


def _other_scopes(day_on: date, visitors: int) -> set[tuple[date, str, str, int]]:
    return {(day_on, "link", "article", visitors), (day_on, "channel", "poster", visitors)}


async def _counted(database: Database) -> set[tuple[date, str, str, int]]:
    async with database.snapshot() as db:
        found = await visits.visitors(db, days=EVER)
    return {(one.day_on, one.scope.value, one.name, one.visitors) for one in found}


async def _marks(database: Database) -> list[tuple[str, bytes]]:
    async with database.snapshot() as db:
        found = await db.scalars(select(VisitorMark))
        return [(mark.name, mark.mark) for mark in found]


async def _run_jobs(database: Database, clock: SetClock) -> None:
    kinds = [*visits_work.kinds(), *privacy_work.kinds()]
    runner = jobs.runner(database, jobs.Registry(kinds, visits_work.SCHEDULES), clock=clock)
    async with database.transaction() as db:
        await jobs.enqueue(db, visits_work.COUNT)
    await runner.run_due()
