"""Previews: the visitor's own page of another moment, marked, inert, and for staff alone."""

import html
import re
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from sqlalchemy import func, select

from api.app import Application
from models import Consultation, PageVisit
from services.runtime.database import Database
from tests.integration.staff.workers import Browser
from tests.support import agents
from tests.support.clocks import SetClock

pytestmark = pytest.mark.any_database

PREVIEW = "/staff/content/preview"
PAGE = f"{PREVIEW}/page"
MARKS = re.compile(
    r'<aside class="preview".*?</aside>\n|<link rel="stylesheet" href="/static/preview\.[^"]*">\n'
    r"|(?<=<title>)预览 · ",
    re.DOTALL,
)
ADDRESS = re.compile(r'(?<=href=")/staff/content/preview/page\?[^"]*|(?<=action=")/staff/[^"]*')
TOKEN = re.compile(r'(?<=name="form_)(token|key)" value="[^"]*"')

MOMENTS = (
    "2026-02-16T23:59:00",
    "2026-02-17T00:00:00",
    "2026-03-09T16:20:00",
    "2026-04-18T12:00:00",
    "2026-04-20T23:59:58",
    "2026-04-20T23:59:59",
    "2026-05-10T09:00:00",
    "2026-06-20T09:00:00",
)
"""Before, opened, in a webinar, closing soon, the last second, closed, responding, published."""

PAGES = (
    "/",
    "/?lang=en&mode=care",
    "/feedback?ch=article",
    "/feedback/new",
    "/documents/ps-v4-draft",
    "/webinars/china",
    "/webinars/china/register",
    "/webinars/china.ics",
    "/contacts/consultation-china",
)


@pytest.fixture
async def answered(database: Database) -> None:
    """Set the two instants that staff set after the close."""
    async with database.transaction() as db:
        found = (await db.scalars(select(Consultation))).one()
        found.responding_at = datetime.fromisoformat("2026-05-01T00:00:00+08:00")
        found.published_at = datetime.fromisoformat("2026-06-15T00:00:00+08:00")


@pytest.mark.usefixtures("answered")
async def test_a_preview_is_what_a_visitor_gets_when_the_clock_is_there(
    application: Application, client: httpx2.AsyncClient, clock: SetClock, editor: Browser
) -> None:
    pages, states = {}, set()
    for page in PAGES:
        for moment in MOMENTS:
            answer = await editor.client.get(PAGE, params={"at": moment, "page": page})
            pages[page, moment] = answer
    await application.parts.visits.flush()
    async with application.parts.database.snapshot() as db:
        counted = await db.scalar(select(func.count()).select_from(PageVisit))

    for (page, moment), previewed in pages.items():
        clock.set(f"{moment}+08:00")
        real = await client.get(page)

        assert (previewed.status_code, _bare(previewed.text)) == (200, _bare(real.text)), page
        states.add(real.text)
        if not page.endswith(".ics"):
            assert previewed.text.count("的样子") == 1

    assert counted == 0
    await application.parts.visits.flush()
    async with application.parts.database.snapshot() as db:
        assert await db.scalar(select(func.count()).select_from(PageVisit))
    assert len(states) > 3 * len(PAGES)


async def test_a_preview_is_kept_by_nobody_and_sends_nothing(
    application: Application, editor: Browser
) -> None:
    before = application.edge.statistics.misses, application.edge.statistics.hits
    asked = {"at": "2026-03-08T16:00", "page": "/feedback/new"}

    answers = [await editor.client.get(PAGE, params=asked) for _ in range(2)]
    posted = await editor.client.post(PAGE, params=asked)

    assert "预览：3月8日 16:00的样子" in answers[0].text
    for answer in answers:
        assert answer.headers["cache-control"] == "no-store"
        assert "form-action 'none'" in answer.headers["content-security-policy"]
        assert "asi_reader" not in answer.headers.get("set-cookie", "")
    assert application.edge.statistics.hits == before[1]
    assert posted.status_code == 405
    # Every link and every form of ours stays inside.
    found = re.findall(r'(?:href|action)="(/(?!static/)[^"]*)"', answers[0].text)
    assert len(found) > 5
    assert {urlsplit(address).path for address in found} == {PREVIEW, PAGE}


async def test_a_previewed_form_cannot_be_sent_as_a_real_one(editor: Browser) -> None:
    asked = {"at": "2026-03-08T16:00", "page": "/webinars/china/register"}
    shown = await editor.client.get(PAGE, params=asked)
    hidden = dict(re.findall(r'name="(form_token|form_key)" value="([^"]+)"', shown.text))

    sent = await editor.client.post("/webinars/china/register", data={**hidden, "name": "王"})

    assert hidden
    assert 'data-code="form_stale"' in sent.text


async def test_the_moments_and_the_answers_of_one_are_shown(editor: Browser) -> None:
    chosen = (await editor.client.get(PREVIEW, params={"at": "2026-04-20T23:59:58"})).text
    after = (await editor.client.get(PREVIEW, params={"at": "2026-04-21T10:00"})).text
    english = (await editor.client.get(PREVIEW, params={"lang": "en"})).text

    for moment in ("2026-02-16T23%3A59", "2026-04-20T23%3A59%3A58", "2026-03-09T16%3A00"):
        assert f"at={moment}" in chosen
    assert "最后一秒" in chosen
    assert "规则“deadline”" in chosen
    assert _answers(chosen) != _answers(after)
    assert "Rule “deadline”" in english


@pytest.mark.parametrize(
    ("asked", "status", "said"),
    [
        ({"page": "/", "at": "2026-03-99T16:00"}, 422, ""),
        ({"page": "/", "at": "9999-12-31T16:00"}, 422, ""),
        ({"page": "//evil.example/", "at": "2026-03-08T16:00"}, 422, ""),
        ({"page": "/r/survey", "at": "2026-03-08T16:00"}, 404, "这个地址不能预览"),
        ({"page": "/staff/accounts", "at": "2026-03-08T16:00"}, 404, "这个地址不能预览"),
        ({"page": "/webinars/%00", "at": "2026-03-08T16:00"}, 404, "这个地址不能预览"),
        ({"page": "/webinars/none", "at": "2026-03-08T16:00"}, 404, "那时访客会看到"),
    ],
    # not_in_preview
)
async def test_what_is_no_page_of_a_moment_is_refused(
    editor: Browser, asked: dict[str, str], status: int, said: str
) -> None:
    answer = await editor.client.get(PAGE, params=asked)

    assert answer.status_code == status
    assert said in answer.text


async def test_in_wechat_staff_see_what_readers_see_there(editor: Browser) -> None:
    asked = {"at": "2026-03-08T16:00", "page": "/"}
    headers = {"User-Agent": agents.IOS_WECHAT}

    there = await editor.client.get(PAGE, params=asked, headers=headers)
    here = await editor.client.get(PAGE, params=asked)

    assert ("/qr/article.png" in here.text, "/qr/article.png" in there.text) == (True, False)


def _bare(page: str) -> str:
    """Take the marks away, and what every form has of its own."""

    def real(found: re.Match[str]) -> str:
        query = parse_qs(urlsplit(html.unescape(found[0])).query)
        return html.escape(query["page"][0]) if "page" in query else found[0]

    return TOKEN.sub("", ADDRESS.sub(real, MARKS.sub("", page))).replace("&#34;", "&quot;")


def _answers(page: str) -> str:
    return page.partition('id="answers"')[2]
