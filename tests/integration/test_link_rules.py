"""One code, the right thing for each client at each time, and why."""

from datetime import datetime
from pathlib import Path
from urllib.parse import quote

import httpx2
import pytest

from api.app import Application
from models import ChannelCode, LinkRule, WeChatCode
from models.vocabulary import ClientKind, RuleTarget, WeChatCodeKind
from services import revisions, short_links, visits
from services.content import loading, new_round, reading
from tests.conftest import PACK, PUBLIC_URL
from tests.support import agents
from tests.support.clocks import SetClock
from tests.support.commands import Shell

pytestmark = pytest.mark.any_database

LANDING = "/open/mini-program"
URL_LINK = "https://wxaurl.cn/5Vb2kZx1qjd"


async def _target(client: httpx2.AsyncClient, path: str, agent: str = agents.CHROME) -> str:
    answer = await client.get(path, headers={"User-Agent": agent})
    assert answer.status_code == 302, answer.text
    return str(answer.headers["location"])


async def _with_printed_code(application: Application, clock: SetClock, *, link: str) -> None:
    async with application.parts.database.transaction() as db:
        db.add(
            ChannelCode(
                slug="7kwm4q",
                link_slug=link,
                channel="poster",
                label="展台",
                created_at=clock.now,
            )
        )


async def _with_url_link(application: Application, clock: SetClock) -> None:
    async with application.parts.database.transaction() as db:
        db.add(
            WeChatCode(
                kind=WeChatCodeKind.URL_LINK,
                slug="mini-program",
                scene="l=mini-program",
                asked_at=clock.now,
                made_at=clock.now,
                expires_at=clock.now.replace(month=12),
                url=URL_LINK,
            )
        )
        await revisions.bump(db)
    await application.edge.synchronise()


async def test_each_client_is_led_where_its_rule_says_also_from_memory(
    application: Application, client: httpx2.AsyncClient
) -> None:
    targets = {
        agents.IOS_WECHAT: LANDING,
        agents.CHROME: LANDING,
        agents.DESKTOP_WECHAT: LANDING,
        agents.MINI_PROGRAM: "/",
        agents.CRAWLER: "/",
    }
    hits = application.edge.statistics.hits

    for _ in range(2):
        for agent, target in targets.items():
            assert await _target(client, "/r/mini-program", agent) == target
    channels = [await _target(client, "/r/china?ch=poster") for _ in range(2)]
    unknown = await _target(client, "/r/china?ch=made-up")

    assert application.edge.statistics.hits == hits + len(targets) + 1
    assert channels == ["/webinars/china?ch=poster"] * 2
    assert unknown == "/webinars/china"


FORM, SURVEY = "https://forms.office.com/pages/responsepage.aspx", "https://www.surveymonkey.com/r/"
DATED = [
    ("webinar-form", "2026-03-09T15:59:59+08:00", FORM),
    ("webinar-form", "2026-03-09T16:00:00+08:00", "/webinars/china"),
    ("survey", "2026-03-10T09:59:59+08:00", SURVEY),
    ("survey", "2026-03-10T10:00:00+08:00", "/about"),
    ("survey", "2026-03-10T10:29:59+08:00", "/about"),
    ("survey", "2026-03-10T10:30:00+08:00", SURVEY),
    ("survey", "2026-04-20T23:59:58+08:00", SURVEY),
    ("survey", "2026-04-20T23:59:59+08:00", "/feedback"),
]


async def test_a_code_leads_elsewhere_before_during_and_after(
    application: Application, client: httpx2.AsyncClient, clock: SetClock
) -> None:
    async with application.parts.database.transaction() as db:
        link = await short_links.by_slug(db, slug="survey")
        pause = LinkRule(
            link_id=link.id,
            key="pause",
            position=9,
            clients=[],
            states=[],
            target_kind=RuleTarget.PAGE,
            target="/about",
            begins_at=datetime.fromisoformat("2026-03-10T10:00:00+08:00"),
            ends_at=datetime.fromisoformat("2026-03-10T10:30:00+08:00"),
        )
        db.add(pause)
        await revisions.bump(db)

    for slug, instant, expected in DATED:
        clock.set(instant)
        led = [await _target(client, f"/r/{slug}") for _ in range(2)]
        assert [target.startswith(expected) for target in led] == [True, True], (instant, led)


async def test_the_next_rounds_pack_decides_on_the_rules_of_its_links(
    application: Application, client: httpx2.AsyncClient, clock: SetClock, tmp_path: Path
) -> None:
    new_round.create(
        PACK,
        tmp_path / "next",
        slug="2027-next",
        opens_at=datetime.fromisoformat("2027-01-10T00:00:00+08:00"),
        closes_at=datetime.fromisoformat("2027-03-10T23:59:59+08:00"),
    )
    clock.set("2027-01-11T09:00:00+08:00")
    before = await _target(client, "/r/webinar-form")
    async with application.parts.database.transaction() as db:
        await loading.load(db, pack=reading.read(tmp_path / "next"), now=clock.now)
    await application.edge.synchronise()

    after = await _target(client, "/r/webinar-form")

    assert before == "/webinars/china"
    assert after.startswith(FORM)


async def test_the_landing_page_says_how_to_go_on(
    application: Application, client: httpx2.AsyncClient, clock: SetClock
) -> None:
    await _with_printed_code(application, clock, link="mini-program")
    browser = await client.get(LANDING)
    printed = await _target(client, "/r/7kwm4q")
    printed_page = await client.get(f"{printed}&lang=en")
    unknown = await client.get("/open/nowhere")

    assert 'src="/qr/mini-program.png"' in browser.text
    assert "在此浏览器中继续" in browser.text
    assert "wxaurl" not in browser.text
    assert printed == "/open/7kwm4q?ch=poster"
    assert 'src="/qr/7kwm4q.png"' in printed_page.text
    assert f"{PUBLIC_URL}/r/7kwm4q" in printed_page.text
    assert 'href="/?ch=poster&amp;lang=en"' in printed_page.text
    assert unknown.status_code == 404


async def test_the_landing_page_leads_on_by_the_kind_of_client(
    application: Application, client: httpx2.AsyncClient
) -> None:
    async with application.parts.database.transaction() as db:
        link = await short_links.by_slug(db, slug="mini-program")
        rule = LinkRule(
            link_id=link.id,
            key="wecom",
            position=9,
            clients=[ClientKind.WECOM.value],
            states=[],
            target_kind=RuleTarget.PAGE,
            target="/about",
        )
        db.add(rule)
        await revisions.bump(db)
    await application.edge.synchronise()

    led = [
        await _target(client, LANDING, agent)
        for agent in (agents.WECOM, agents.IOS_WECHAT, agents.WECOM)
    ]

    assert led == ["/about", "/", "/about"]


async def test_wechat_is_offered_the_mini_program_while_there_is_a_way_into_it(
    application: Application, client: httpx2.AsyncClient, clock: SetClock
) -> None:
    wechat = {"User-Agent": agents.IOS_WECHAT}
    before = await _target(client, f"{LANDING}?ch=poster", agents.IOS_WECHAT)
    await _with_url_link(application, clock)
    phone = await client.get(LANDING)
    clock.set("2026-12-02T08:59:59+08:00")
    pages = [await client.get(LANDING, headers=wechat) for _ in range(2)]
    clock.set("2026-12-02T09:00:00+08:00")
    after = await _target(client, LANDING, agents.IOS_WECHAT)

    assert before == "/?ch=poster"
    assert f'href="{URL_LINK}"' in phone.text
    assert {f'href="{URL_LINK}"' in page.text for page in pages} == {True}
    assert {"/qr/" in page.text for page in pages} == {False}
    assert after == "/"


async def test_a_code_scanned_into_the_mini_program_is_resolved_and_counted(
    application: Application, client: httpx2.AsyncClient, clock: SetClock
) -> None:
    await _with_printed_code(application, clock, link="china")

    async def ask(address: str) -> httpx2.Response:
        asking = {"User-Agent": agents.MINI_PROGRAM_REQUEST}
        return await client.get("/v1/scanned-links", params={"q": address}, headers=asking)

    code = f"{PUBLIC_URL}/r/7kwm4q"
    scanned = [await ask(code), await ask(quote(code, safe=""))]
    link = await ask(f"{PUBLIC_URL}/r/mini-program?ch=made-up")
    hub = await ask(f"{PUBLIC_URL}/yuedu-yuanwen?ch=article")
    shown = await client.get("/v1/links/7kwm4q?lang=en")
    foreign = [
        await ask(address)
        for address in (
            "https://evil.example/r/china",
            f"{PUBLIC_URL}@evil.example/r/china",
            f"{PUBLIC_URL}/webinars/china",
        )
    ]
    unknown = await ask(f"{PUBLIC_URL}/r/nowhere")
    await application.parts.visits.flush()
    async with application.parts.database.snapshot() as db:
        [counted] = await visits.totals(db, slug="china")

    expected = {"slug": "china", "channel": "poster", "page": "pages/webinar/index"}
    assert [answer.json() for answer in scanned] == [
        shown.json() | {"title": scanned[0].json()["title"]}
    ] * 2
    assert scanned[0].json().items() >= expected.items()
    assert scanned[0].json()["url"] == f"{PUBLIC_URL}/webinars/china"
    assert (link.json()["page"], link.json()["channel"]) == ("pages/home/index", None)
    assert (hub.json()["page"], hub.json()["channel"]) == (None, "article")
    assert {answer.json()["code"] for answer in foreign} == {"code_not_ours"}
    assert unknown.json()["code"] == "link_not_found"
    assert (counted.channel, counted.kind, counted.client, counted.code, counted.visits) == (
        "poster",
        "scan",
        "mini_program",
        "7kwm4q",
        2,
    )


def test_a_dry_run_says_where_a_link_would_lead_and_why(
    database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ASI_DATABASE_URL", database_url)
    run = Shell(capsys)
    explain = ("links", "explain", "survey", "--agent", agents.CHROME, "--at")

    before = run(*explain, "2026-04-20T23:59:58")
    after = run(*explain, "2026-04-20T15:59:59+00:00", "--json")
    run("links", "disable", "survey")
    refused = run(*explain, "2026-04-20T23:59:59", "--json")
    unknown = run("links", "explain", "nowhere")

    assert before.out.splitlines() == [
        "/r/survey · 2026-04-20T23:59:58+08:00 · closing_soon · browser",
        "  closed: page /feedback: 征询状态不符 · another state of the round",
        "  没有符合的规则：去往链接自己的目标 · no rule fits: the link's own target",
        "→ https://www.surveymonkey.com/r/J8G8ZX7",
    ]
    assert (after.json["chosen"], after.json["address"]) == ("closed", "/feedback")
    assert refused.json["refusal"] == "link_disabled"
    assert unknown.code == 1
