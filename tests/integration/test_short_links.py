"""Short links: where they lead, what they refuse, what is counted."""

from datetime import UTC, datetime

import httpx2
import pytest
from sqlalchemy import select

from api.app import Application
from models import Bilingual, ChannelCode, LinkVisit, ShortLink
from models.vocabulary import LinkTarget
from services import short_links, visits
from services.runtime.database import Database
from tests.support import agents
from tests.support.clocks import SetClock

HUB = "https://aluminium-stewardship.org/standards-revision-consultation-hub"


async def _counts(application: Application, slug: str) -> set[tuple[str, str, str, int]]:
    await application.parts.visits.flush()
    async with application.parts.database.snapshot() as db:
        rows = await visits.totals(db, slug=slug)
    return {(row.channel, row.client.value, row.kind.value, row.visits) for row in rows}


@pytest.mark.parametrize("path", ["/yuedu-yuanwen", "/r/read-original"])
async def test_read_original_leads_to_the_hub(client: httpx2.AsyncClient, path: str) -> None:
    for _ in range(2):
        answer = await client.get(path)

        assert answer.status_code == 302
        assert answer.headers["location"] == HUB
        assert answer.headers["cache-control"] == "no-store"


async def test_an_unknown_link_has_a_page_of_its_own(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/r/no-such-link")

    assert answer.status_code == 404
    assert "link_not_found" in answer.text


async def test_an_expired_link_is_gone_to_the_second(
    application: Application, client: httpx2.AsyncClient, clock: SetClock
) -> None:
    async with application.parts.database.transaction() as db:
        link = await short_links.by_slug(db, slug="survey")
        link.expires_at = datetime(2026, 3, 2, 2, tzinfo=UTC)
        await short_links.set_disabled(db, slug="survey", disabled=False)
    await application.edge.synchronise()

    clock.set("2026-03-02T01:59:59+00:00")
    before = [await client.get("/r/survey") for _ in range(2)]
    clock.set("2026-03-02T02:00:00+00:00")
    after = await client.get("/r/survey")

    assert [answer.status_code for answer in before] == [302, 302]
    assert after.status_code == 410
    assert "link_expired" in after.text


async def test_a_disabled_link_is_forbidden(
    application: Application, client: httpx2.AsyncClient
) -> None:
    await client.get("/r/survey")
    async with application.parts.database.transaction() as db:
        await short_links.set_disabled(db, slug="survey", disabled=True)
    await application.edge.synchronise()

    answer = await client.get("/r/survey")

    assert answer.status_code == 403
    assert "link_disabled" in answer.text


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        (LinkTarget.URL, "https://evil.example/"),
        (LinkTarget.URL, "javascript:alert(1)"),
        (LinkTarget.PAGE, "//evil.example"),
    ],
)
async def test_a_target_that_got_past_the_writing_is_not_followed(
    application: Application, client: httpx2.AsyncClient, kind: LinkTarget, target: str
) -> None:
    async with application.parts.database.transaction() as db:
        title = Bilingual("坏链接")
        db.add(ShortLink(slug="tampered", target_kind=kind, title=title, target=target))

    answer = await client.get("/r/tampered")

    assert answer.status_code == 503
    assert "target_unsafe" in answer.text
    assert "location" not in answer.headers


@pytest.mark.parametrize(
    "tail",
    [
        "//evil.example",
        "..%2f..%2fevil",
        "%0d%0aLocation:%20https://evil.example",
        "%00",
        "x" * 3000,
    ],
)
async def test_no_address_makes_a_link_lead_elsewhere(
    client: httpx2.AsyncClient, tail: str
) -> None:
    answer = await client.get(f"/r/{tail}")

    assert answer.status_code in {404, 422}
    assert "evil" not in answer.headers.get("location", "")


async def test_visits_are_counted_by_client_and_channel(
    application: Application, client: httpx2.AsyncClient
) -> None:
    for agent in (agents.IOS_WECHAT, agents.IOS_WECHAT, agents.CRAWLER, agents.CHROME):
        await client.get("/r/survey?ch=poster", headers={"User-Agent": agent})
    await client.get("/r/survey?ch=made-up", headers={"User-Agent": agents.CHROME})
    await client.get("/r/survey", headers={"User-Agent": agents.MINI_PROGRAM})
    await client.head("/r/survey", headers={"User-Agent": agents.CHROME})

    assert await _counts(application, "survey") == {
        ("poster", "wechat", "visit", 2),
        ("poster", "bot", "visit", 1),
        ("poster", "browser", "visit", 1),
        ("other", "browser", "visit", 1),
        ("", "mini_program", "visit", 1),
        ("", "browser", "probe", 1),
    }


async def test_a_printed_code_leads_where_its_link_goes_and_counts_as_a_scan(
    application: Application, client: httpx2.AsyncClient, clock: SetClock
) -> None:
    async with application.parts.database.transaction() as db:
        for slug, is_off in (("7kwm4q", False), ("3hxr8t", True)):
            code = ChannelCode(
                slug=slug,
                link_slug="survey",
                channel="poster",
                label=slug,
                created_at=clock.now,
                disabled=is_off,
            )
            db.add(code)
    survey = await client.get("/r/survey", headers={"User-Agent": agents.CHROME})

    scans = [
        await client.get("/r/7kwm4q?ch=menu", headers={"User-Agent": agents.IOS_WECHAT})
        for _ in range(2)
    ]
    disabled = await client.get("/r/3hxr8t")

    assert {scan.headers["location"] for scan in scans} == {survey.headers["location"]}
    assert disabled.status_code == 403
    assert await _counts(application, "survey") == {
        ("", "browser", "visit", 1),
        ("poster", "wechat", "scan", 2),
    }


async def test_batches_add_up(application: Application, client: httpx2.AsyncClient) -> None:
    for _ in range(3):
        await client.get("/r/survey", headers={"User-Agent": agents.CHROME})
        await application.parts.visits.flush()

    assert await _counts(application, "survey") == {("", "browser", "visit", 3)}


async def test_a_visit_belongs_to_its_beijing_day(
    application: Application, client: httpx2.AsyncClient, clock: SetClock
) -> None:
    for instant in ("2026-03-02T15:59:59+00:00", "2026-03-02T16:00:00+00:00"):
        clock.set(instant)
        await client.get("/r/survey")
        await application.parts.visits.flush()

    async with application.parts.database.snapshot() as db:
        days = list(await db.scalars(select(LinkVisit.day_on).order_by(LinkVisit.day_on)))
    assert [day.isoformat() for day in days] == ["2026-03-02", "2026-03-03"]


async def test_nothing_about_the_visitor_is_kept(
    application: Application, client: httpx2.AsyncClient
) -> None:
    await client.get(
        "/r/survey", headers={"User-Agent": agents.CHROME, "X-Forwarded-For": "203.0.113.7"}
    )
    await application.parts.visits.flush()

    assert {column.name for column in LinkVisit.__table__.columns} == {
        "slug",
        "day_on",
        "channel",
        "client",
        "kind",
        "code",
        "visits",
    }


async def test_counts_survive_a_clean_stop(
    database: Database, application: Application, client: httpx2.AsyncClient
) -> None:
    await client.get("/r/survey")
    waiting = application.parts.visits.waiting
    await application.parts.visits.flush()

    assert waiting == 1
    assert application.parts.visits.waiting == 0
    async with database.snapshot() as db:
        assert len(await visits.totals(db, slug="survey")) == 1
