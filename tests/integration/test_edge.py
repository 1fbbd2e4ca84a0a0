"""The edge: the same answers as the routes, forgotten when anything changes."""

import asyncio
from collections.abc import AsyncIterator

import httpx2
import pytest

from api.app import Application
from services import documents, revisions, short_links
from tests.conftest import PUBLIC_URL
from tests.support import agents
from tests.support.clocks import SetClock

pytestmark = pytest.mark.any_database

ADDRESSES = [
    "/",
    "/?lang=en",
    "/?lang=en&mode=care",
    "/?ch=poster&lang=en",
    "/feedback",
    "/feedback/form",
    "/feedback/form.xlsx",
    "/about?ch=no-such-channel",
    "/about",
    "/synopsis",
    "/privacy",
    "/documents/ps-v4-draft",
    "/webinars/china",
    "/webinars/china.ics",
    "/contacts/asi-china",
    "/contacts/asi-china.vcf",
    "/contacts/asi-china/mecard.png",
    "/qr/article.png",
    "/qr/article.svg",
    "/r/survey",
    "/r/mini-program",
    "/open/mini-program",
    "/yuedu-yuanwen",
    "/v1/links/china",
    "/v1/consultations",
    "/v1/documents",
    "/v1/webinars/china?lang=en",
    "/documents/nope",
    "/r/nope",
]

CHANGING = {"x-request-id", "date"}


@pytest.fixture
async def without_edge(application: Application) -> AsyncIterator[httpx2.AsyncClient]:
    """The same process, asked behind the edge."""
    transport = httpx2.ASGITransport(application.behind_edge)
    async with httpx2.AsyncClient(transport=transport, base_url=PUBLIC_URL) as opened:
        yield opened


@pytest.mark.parametrize("encoding", ["identity", "gzip", "br"])
async def test_the_edge_gives_the_very_bytes_of_the_route(
    client: httpx2.AsyncClient, without_edge: httpx2.AsyncClient, encoding: str
) -> None:
    headers = {"Accept-Encoding": encoding, "User-Agent": agents.IOS_WECHAT}

    for address in ADDRESSES:
        expected = await without_edge.get(address, headers=headers)
        answers = [await client.get(address, headers=headers) for _ in range(3)]

        assert {answer.status_code for answer in answers} == {expected.status_code}, address
        assert {answer.content for answer in answers} == {expected.content}, address
        assert [_steady(answer) for answer in answers] == [_steady(expected)] * 3, address


async def test_a_second_request_is_answered_from_memory(
    application: Application, client: httpx2.AsyncClient
) -> None:
    await client.get("/v1/documents")
    before = application.edge.statistics.hits

    await client.get("/v1/documents")

    assert application.edge.statistics.hits == before + 1


async def test_each_reader_gets_their_own_variant(client: httpx2.AsyncClient) -> None:
    pages = {
        (await client.get("/webinars/china", headers={"User-Agent": agent})).text
        for agent in (agents.CHROME, agents.IOS_WECHAT)
        for _ in range(2)
    }

    assert len(pages) == 2


async def test_each_number_is_given_to_one_request(client: httpx2.AsyncClient) -> None:
    numbers = [(await client.get("/")).headers["x-request-id"] for _ in range(5)]

    assert len(set(numbers)) == 5


async def test_a_head_request_gets_the_same_headers_and_no_body(
    client: httpx2.AsyncClient,
) -> None:
    for _ in range(2):
        full = await client.get("/v1/documents")
        head = await client.head("/v1/documents")

        assert head.content == b""
        assert head.headers["etag"] == full.headers["etag"]


async def test_another_clients_condition_is_not_remembered(client: httpx2.AsyncClient) -> None:
    tag = (await client.get("/v1/webinars")).headers["etag"]

    await client.get("/v1/webinars", headers={"If-None-Match": tag})
    full = await client.get("/v1/webinars", headers={"If-None-Match": '"another"'})

    assert full.status_code == 200
    assert full.json()["items"]


async def test_a_change_is_seen_within_the_promised_time(
    application: Application, client: httpx2.AsyncClient
) -> None:
    await client.get("/r/survey")
    before = application.edge.statistics.forgotten
    async with application.parts.database.transaction() as db:
        await short_links.set_disabled(db, slug="survey", disabled=True)

    async with asyncio.timeout(5):
        while application.edge.statistics.forgotten == before:
            await client.get("/readyz")

    assert (await client.get("/r/survey")).status_code == 403


async def test_an_answer_that_a_change_overtook_is_not_kept(
    application: Application, client: httpx2.AsyncClient
) -> None:
    async with application.parts.database.transaction() as db:
        offer = await documents.offer(db, slug="ps-v4-draft")
        offer.document.change_note = offer.document.title
        await revisions.bump(db)
    await asyncio.gather(client.get("/documents/ps-v4-draft"), application.edge.synchronise())

    page = await client.get("/documents/ps-v4-draft")

    assert "本版变化" in page.text


async def test_days_left_change_at_beijings_midnight(
    client: httpx2.AsyncClient, clock: SetClock
) -> None:
    clock.set("2026-03-02T23:59:59+08:00")
    before = [await client.get("/") for _ in range(2)]
    clock.set("2026-03-03T00:00:00+08:00")
    after = await client.get("/")

    assert all("还有 49 天" in page.text for page in before)
    assert "还有 48 天" in after.text


async def test_a_clock_that_is_moved_back_shows_the_past(
    client: httpx2.AsyncClient, clock: SetClock
) -> None:
    clock.set("2026-03-20T09:00:00+08:00")
    await client.get("/")
    clock.set("2026-02-16T23:59:59+08:00")
    past = await client.get("/")
    clock.set("2026-02-17T00:00:00+08:00")
    opened = await client.get("/")

    assert "即将开始" in past.text
    assert "征询进行中" in opened.text


async def test_a_strange_query_is_answered_and_not_remembered(
    application: Application, client: httpx2.AsyncClient
) -> None:
    hits = application.edge.statistics.hits
    for number in range(3):
        await client.get(f"/?utm={number}")
        await client.get(f"/?utm={number}")

    assert application.edge.statistics.hits == hits


def _steady(answer: httpx2.Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name not in CHANGING}
