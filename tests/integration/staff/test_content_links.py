"""Links and documents at the content desk: changes hold at once, and are refused well."""

import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from api.app import Application
from models import LinkCheck
from models.vocabulary import LinkOutcome, StaffRole
from services import audit
from services.content import loading, reading
from services.runtime.settings import Settings
from tests.conftest import INSIDE_THE_ROUND, PACK
from tests.integration.staff.workers import Browser, browsing, hire
from tests.support.agents import CHROME
from tests.support.clocks import SetClock

pytestmark = pytest.mark.any_database

CONTENT = "/staff/content"
LINKS = f"{CONTENT}/links"
DOCUMENTS = f"{CONTENT}/documents"
FORM = re.compile(r'name="(form_token|form_key|seen)" value="([^"]+)"')
TITLE = {"title_zh": "海报", "title_en": "Poster"}
HUB = "https://aluminium-stewardship.org"

Open = Callable[[str], Awaitable[httpx2.Response]]


@pytest.fixture
def reader(application: Application, client: httpx2.AsyncClient) -> Open:
    """Opens a page as it is once processes have seen what was changed."""

    async def opened(path: str) -> httpx2.Response:
        await application.edge.synchronise()
        return await client.get(path, headers={"User-Agent": CHROME})

    return opened


async def test_a_link_is_made_found_led_elsewhere_and_switched_off(
    application: Application, editor: Browser, reader: Open
) -> None:
    new = f"{CONTENT}/new-link"
    made = await editor.send(new, slug="poster-2026", target="/feedback", **TITLE)
    led = [(await reader("/r/poster-2026")).headers["location"]]
    await _send(editor, f"{LINKS}/poster-2026", target=f"{HUB}/draft", **TITLE)
    led.append((await reader("/r/poster-2026")).headers["location"])
    await application.parts.visits.flush()
    await _send(editor, f"{LINKS}/poster-2026", to_hub="on", expires_at="2026-03-03T08:00", **TITLE)
    page = (await editor.client.get(f"{LINKS}/poster-2026")).text
    off = await _send(editor, f"{LINKS}/poster-2026", "disable")
    gone = await reader("/r/poster-2026")
    found = (await editor.client.get(LINKS, params={"q": "POSTER", "state": "off"})).text
    others = (await editor.client.get(LINKS, params={"q": "海报", "state": "on"})).text
    await _send(editor, f"{LINKS}/poster-2026", "enable")

    assert made.headers["location"] == f"{LINKS}/poster-2026?done=added"
    assert led == ["/feedback", f"{HUB}/draft"]
    assert 'value="2026-03-03T08:00"' in page
    assert "访问 2 次" in page
    assert 'href="/qr/poster-2026.svg" download' in page
    assert off.headers["location"].endswith("?done=disabled")
    assert gone.status_code == 403
    assert ("/r/poster-2026" in found, "/r/poster-2026" in others) == (True, False)
    assert (await reader("/r/poster-2026")).status_code == 302
    assert await _acts(application) == [
        "content.link_added",
        "content.link_changed",
        "content.link_changed",
        "content.link_disabled",
        "content.link_enabled",
    ]


async def test_no_text_holds_a_nul_which_postgresql_refuses(editor: Browser) -> None:
    nul = {name: f"{title}\0" for name, title in TITLE.items()}
    await editor.send(f"{CONTENT}/new-link", slug="poster-2026", target="/feedback", **nul)
    called = (await editor.client.get(f"{LINKS}/poster-2026")).text

    assert ('value="海报"' in called, "\0" in called) == (True, False)


REFUSED_LINKS: tuple[tuple[dict[str, str], str], ...] = (
    ({"target": "http://aluminium-stewardship.org/x"}, "address_insecure"),
    ({"target": "javascript:alert(1)"}, "address_insecure"),
    ({"target": "https://10.0.0.8/x"}, "address_inside"),
    ({"target": "https://[::1]/x"}, "address_inside"),
    ({"target": "https://localhost/x"}, "address_inside"),
    ({"target": "https://example.org/x"}, "address_off_list"),
    ({"target": "https://aluminium-stewardship.org.example.org"}, "address_off_list"),
    ({"target": "https://user@aluminium-stewardship.org/"}, "address_off_list"),
    ({"target": "/r/survey"}, "path_unfit"),
    ({"target": "/staff"}, "path_unfit"),
    ({"target": "//example.org"}, "path_unfit"),
    ({"target": " "}, "path_unfit"),
    ({"target": "/documents/ps-v5-draft"}, "path_leads_nowhere"),
    ({"target": "/feedback", "expires_at": "2026-03-02T08:59"}, "link_expiry_past"),
    ({"target": "/feedback", "slug": "survey"}, "link_slug_taken"),
    ({"target": "/feedback", "slug": "2026-first"}, "link_slug_taken"),
    ({"target": "/feedback", "slug": "7cdfk29"}, "link_slug_unfit"),
    ({"target": "/feedback", "slug": "Ümlaut"}, "malformed"),
)


async def test_links_that_may_not_be(editor: Browser) -> None:
    for values, code in REFUSED_LINKS:
        wanted = {"slug": "fresh", **TITLE, **values}
        refused = await editor.send(f"{CONTENT}/new-link", **wanted)

        assert f'data-code="{code}"' in refused.text, values
        assert f'value="{wanted["slug"]}"' in refused.text
    assert (await editor.client.get(f"{LINKS}/fresh")).status_code == 404


async def test_two_editors_at_once_see_each_others_change(
    application: Application, editor: Browser
) -> None:
    seen = await _hidden(editor, f"{LINKS}/survey")
    await _send(editor, f"{LINKS}/survey", target="/about", title_zh="乙", title_en="B")
    mine = {**seen, "target": "/feedback", "title_zh": "甲", "title_en": "A"}
    late = await editor.client.post(f"{LINKS}/survey", data=mine)
    again = {**mine, **dict(FORM.findall(late.text))}
    second = await editor.client.post(f"{LINKS}/survey", data=again)
    after = (await editor.client.get(f"{LINKS}/survey")).text

    # content_changed
    assert late.status_code == 409
    for words in ('data-code="content_changed"', "<dd>/about</dd>", "<dd>乙</dd>", 'value="甲"'):
        assert words in late.text
    assert second.status_code == 303
    assert 'value="/feedback"' in after
    async with application.parts.database.transaction() as db:
        changes = await loading.load(db, pack=reading.read(PACK), now=INSIDE_THE_ROUND)
    kept = {(change.key, change.field) for change in changes if change.kind == "conflict"}
    assert kept == {("survey", "title"), ("survey", "target"), ("survey", "target_kind")}


async def test_what_is_needed_goes_only_if_somebody_is_sure(editor: Browser, reader: Open) -> None:
    refused = await _send(editor, f"{LINKS}/china", "disable")
    still = await reader("/r/china")
    done = await _send(editor, f"{LINKS}/china", "disable", sure="on")

    # content_still_needed
    assert refused.status_code == 409
    assert "菜单按钮“中文专场研讨会”" in refused.text
    assert "自动回复“报名”" in refused.text
    assert still.status_code == 302
    assert done.status_code == 303
    assert (await reader("/r/china")).status_code == 403


async def test_a_link_says_where_it_leads_whom_and_why(editor: Browser) -> None:
    asked = {"client": "browser", "at": "2027-01-01T00:00"}
    page = (await editor.client.get(f"{LINKS}/read-original", params=asked)).text
    outcome = page[page.index('id="outcome"') :]

    assert "浏览器；征询状态：征询已结束" in outcome
    assert "没有链接规则" in outcome
    assert f"→ {HUB}" in outcome


async def test_what_the_last_look_found_is_said_plainly(
    application: Application, editor: Browser
) -> None:
    page = f"{DOCUMENTS}/ps-v4-mapping-tool"
    await _send(editor, page, url=f"{HUB}/tool.xlsx")
    survey = "https://www.surveymonkey.com/r/J8G8ZX7"
    looked: dict[str, Any] = {"checked_at": INSIDE_THE_ROUND, "good_at": INSIDE_THE_ROUND}
    good = looked | {"outcome": LinkOutcome.GOOD, "failures": 0}
    failing = looked | {"outcome": LinkOutcome.STATUS, "status": 404, "failures": 3}
    failing |= {"failing_since": INSIDE_THE_ROUND, "moved_to": f"{HUB}/moved"}
    async with application.parts.database.transaction() as db:
        db.add(LinkCheck(address=survey, **failing))
        known = {"sha256": "b" * 64, "known_sha256": "a" * 64}
        db.add(LinkCheck(address=f"{HUB}/tool.xlsx", **good | known))
    link = (await editor.client.get(f"{LINKS}/survey")).text
    listed = (await editor.client.get(LINKS, params={"q": "survey"})).text
    changed = (await editor.client.get(page)).text
    accepted = await _send(editor, page, "accept")
    fine = (await editor.client.get(page)).text

    for shown in (link, listed):
        for words in ("打不开：网站回应 404", f"已永久移到 {HUB}/moved", "最近检查：2026年3月2日"):
            assert words in shown
    assert ("文件已变化" in changed, "文件已变化" in fine) == (True, False)
    assert accepted.headers["location"] == f"{page}?done=accepted"


async def test_a_document_gets_an_address_and_a_file(
    editor: Browser, reader: Open, settings: Settings, clock: SetClock
) -> None:
    page, slug = f"{DOCUMENTS}/ps-v4-mapping-tool", "ps-v4-mapping-tool"
    linked = await _send(editor, page, url=f"{HUB}/tool.xlsx")
    with_address = (await reader(f"/documents/{slug}")).text
    await _send(editor, page, url="")
    without = (await reader(f"/documents/{slug}")).text
    added = await _upload(editor, slug, "新 (7).pdf", b"%PDF-1.7 eins")
    clock.set("2026-03-02T09:01:00+08:00")
    again = await _upload(editor, slug, "../../x.pdf", b"%PDF-1.7 zwei")
    shown = (await editor.client.get(page)).text
    (newest, older) = re.findall(r'href="[^"]*(/files/[^"]+)"', shown)
    refusals = {
        "file_type_refused": await _upload(editor, slug, "x.pdf", b"<html>"),
        "upload_missing": await _upload(editor, slug, "x.pdf", b""),
        "address_off_list": await _send(editor, page, url="https://example.org/tool.xlsx"),
    }

    assert linked.headers["location"] == f"{page}?done=linked"
    assert (f"{HUB}/tool.xlsx" in with_address, f"{HUB}/tool.xlsx" in without) == (True, False)
    assert added.headers["location"] == f"{page}?done=file"
    assert again.status_code == 303
    assert [(await reader(path)).content for path in (newest, older)] == [
        b"%PDF-1.7 zwei",
        b"%PDF-1.7 eins",
    ]
    assert ("原文件名 新 (7).pdf" in shown, "原文件名 x.pdf" in shown) == (True, True)
    for code, refused in refusals.items():
        assert refused.status_code == 422, code
        assert f'data-code="{code}"' in refused.text
    assert _left_over(settings.files_dir) == []


async def test_a_file_is_not_read_before_its_sender_may(
    application: Application, editor: Browser, settings: Settings
) -> None:
    await hire(application, "vera", StaffRole.VIEWER)
    async with browsing(application) as viewer, browsing(application) as nobody:
        await viewer.log_in("vera")
        outcomes = [
            (await who.client.post(f"{CONTENT}/document-file", files={"upload": b"%PDF-1.7"}))
            for who in (viewer, nobody)
        ]
        seen = (await viewer.client.get(f"{DOCUMENTS}/ps-v4-draft")).text
    large = {"content-length": str(200 * 1024 * 1024), "content-type": "multipart/form-data"}
    too_large = await editor.client.post(f"{CONTENT}/document-file", headers=large, content=b"")

    assert [page.status_code for page in outcomes] == [403, 303]
    assert "<form" not in seen
    # file_too_large is the service's own; before it, the body's limit ends the request.
    assert too_large.status_code == 413
    assert _left_over(settings.files_dir) == []


async def test_a_document_is_withdrawn_for_every_pack_and_offered_again(
    application: Application, editor: Browser, reader: Open
) -> None:
    page = f"{DOCUMENTS}/ps-v4-displacement"
    needed = await _send(editor, f"{DOCUMENTS}/feedback-form", "withdraw")
    for key in ("documents", "displacement"):
        await _send(editor, f"{CONTENT}/replies/rule/{key}", "off")
    withdrawn = await _send(editor, page, "withdraw")
    async with application.parts.database.transaction() as db:
        changes = await loading.load(db, pack=reading.read(PACK), now=INSIDE_THE_ROUND)
    gone = await reader("/documents/ps-v4-displacement")
    listed = (await editor.client.get(DOCUMENTS, params={"section": "11"})).text
    await _send(editor, page, "announce")

    assert needed.status_code == 409
    assert "提出意见的方式" in needed.text
    assert withdrawn.headers["location"] == f"{page}?done=withdrawn"
    assert ("documents", "ps-v4-displacement", "retired") in {
        (change.table, change.key, change.field) for change in changes if change.kind == "conflict"
    }
    assert gone.status_code == 410
    assert "已撤下" in listed
    assert (await reader("/documents/ps-v4-displacement")).status_code == 200
    assert "content.document_withdrawn" in await _acts(application)


async def _hidden(browser: Browser, page: str) -> dict[str, str]:
    return dict(FORM.findall((await browser.client.get(page)).text))


async def _send(browser: Browser, page: str, act: str = "", **values: str) -> httpx2.Response:
    hidden = await _hidden(browser, page)
    return await browser.client.post(f"{page}/{act}" if act else page, data={**hidden, **values})


async def _upload(browser: Browser, slug: str, name: str, content: bytes) -> httpx2.Response:
    hidden = await _hidden(browser, f"{DOCUMENTS}/{slug}")
    hidden.pop("seen")
    return await browser.client.post(
        f"{CONTENT}/document-file",
        data={**hidden, "document": slug},
        files={"upload": (name, content, "application/pdf")},
    )


def _left_over(folder: Path) -> list[Path]:
    """Give what is no kept file: those lie below the first two signs of their digest."""
    return [one for one in folder.glob("*") if len(one.name) > 2] if folder.exists() else []


async def _acts(application: Application) -> list[str]:
    async with application.parts.database.snapshot() as db:
        entries = await audit.entries(db, most=50)
    return [one.act for one in reversed(entries) if one.act.startswith("content.")]
