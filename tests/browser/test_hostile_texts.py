"""Whatever a text says, at the desk it is only ever text: nothing in it runs or loads."""

import asyncio
import csv
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http import HTTPStatus
from io import BytesIO, StringIO
from pathlib import Path
from secrets import token_urlsafe
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Response
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models import (
    Base,
    CannedReply,
    ContactChannel,
    ConversationTag,
    Job,
    Menu,
    ReplyRule,
    StaffAccount,
)
from models import Page as WrittenPage
from models.bilingual import Bilingual, BilingualText
from models.vocabulary import ContactKind, JobState, StaffRole
from services import audit
from services.runtime.clock import OffsetClock, utc_now
from services.runtime.database import Database
from services.staff_accounts import accounts, passwords
from tests.browser.running import ROOT, Service, served
from tests.integration.staff.talks import write
from tests.integration.staff.workers import PASSWORD, app_code
from tests.support import filled_forms, hostile

EVERY = " ".join(hostile.SCRIPTS)
SHOWN = "alert(document.domain)"
NAME = '"><img src=x onerror=alert(document.domain)>.csv'
MILLISECONDS = 30_000

ALIEN = """() => [
  ...document.querySelectorAll(`iframe, object, embed, base, math, marquee, audio, video, style,
    meta[http-equiv], [onerror], [onload], [onfocus], [onbegin], [ontoggle], [onstart],
    [style]:not(.figure__chart, .figure__chart *),
    [srcdoc], [src^="//evil"], [href^="//evil"], [href^="javascript:" i],
    [action^="javascript:" i], [data^="javascript:" i], [hx-get="/staff/audit"],
    [data-hx-on--load]`),
  ...[...document.scripts].filter((one) => !one.src && one.type !== "application/json"),
  ...[...document.querySelectorAll("*")].filter((one) =>
    [...one.attributes].some((it) => it.name.startsWith("hx-on") || it.name === "hx-sse:connect"
      && it.value.includes("evil"))),
].map((one) => one.outerHTML.slice(0, 200))"""
"""What none of our pages has."""


@dataclass
class Desk:
    """An admin at a browser, and whatever went wrong in it."""

    service: Service
    page: Page
    faults: list[str] = field(default_factory=list)

    def look(self, path: str, *, shows: bool = True) -> None:
        """Open a page, and find it to be text."""
        answer = self.page.goto(self.service.url + path)
        self.read(answer, shows=shows)

    def click(self, button: str, *, shows: bool = True) -> None:
        """Press a button that leads to another page, and find that to be text."""
        with self.page.expect_navigation() as going:
            self.page.locator(button).first.click()
        self.read(going.value, shows=shows)

    def upload(self, path: str, name: str, content: bytes, *, shows: bool = True) -> None:
        """Send a file by the first form of a page that takes one."""
        self.page.goto(self.service.url + path)
        chosen: Any = {"name": name, "mimeType": "application/octet-stream", "buffer": content}
        self.page.locator("input[type=file]").first.set_input_files(chosen)
        self.click("form:has(input[type=file]) button[type=submit]", shows=shows)

    def send(self, path: str, **values: str) -> None:
        """Send a form to an address of the desk, with the token of the page that is open."""
        token = self.page.locator("input[name=form_token]").first.input_value()
        form: Any = {"form_token": token, "form_key": token_urlsafe(16), **values}
        answer = self.page.request.post(self.service.url + path, form=form, max_redirects=0)
        if answer.status != HTTPStatus.SEE_OTHER:
            self.faults.append(f"{path} {values}: {answer.status}")

    def read(self, answer: Response | None, *, shows: bool = True) -> None:
        """Look whether the page that is open holds somebody else's words, and only as words."""
        at = self.page.url.removeprefix(self.service.url)
        assert answer is not None, at
        policy = answer.headers.get("content-security-policy", "")
        if "default-src 'none'" not in policy or "unsafe" in policy:
            self.faults.append(f"{at}: {policy}")
        if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            self.faults.append(f"{at}: {answer.status}")
        if shows and SHOWN not in self.page.content():
            self.faults.append(f"{at} shows none of it")
        self.faults += [f"{at}: {element}" for element in self.page.evaluate(ALIEN)]


@pytest.fixture
def desk(chromium: Browser, tmp_path: Path) -> Iterator[Desk]:
    with served(tmp_path) as service, ThreadPoolExecutor() as pool:
        # Playwright's loop runs in this thread, and no other can.
        pool.submit(asyncio.run, _poison(tmp_path)).result()
        context = chromium.new_context(locale="zh-CN")
        opened = Desk(service, context.new_page())
        opened.page.set_default_timeout(MILLISECONDS)

        def hear(said: ConsoleMessage) -> None:
            if said.type == "error" and "status of 4" not in said.text:
                opened.faults.append(f"{said.location}: {said.text}")

        opened.page.on("console", hear)
        opened.page.on("pageerror", lambda error: opened.faults.append(str(error)))
        opened.page.on("dialog", lambda one: opened.faults.append(f"ran: {one.message}"))
        _log_in(opened)
        yield opened
        context.close()


def _log_in(desk: Desk) -> None:
    page = desk.page
    page.goto(f"{desk.service.url}/staff/login")
    page.get_by_label("账号").fill("root")
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    secret = page.locator(".code-text").first.inner_text().replace(" ", "")
    page.locator("input[name=code]").fill(app_code(secret, utc_now()))
    with page.expect_navigation():
        page.locator("form:has(input[name=code]) button").click()


async def _poison(folder: Path) -> None:
    """Let all that anybody ever typed be hostile."""
    database, kept = Database(f"sqlite:///{folder / 'asi.db'}"), await passwords.hashed(PASSWORD)
    now = OffsetClock(folder / "clock.json", start=None)()
    talk = await write(database, *hostile.SCRIPTS, at=now)
    async with database.transaction() as db:
        await accounts.add(
            db,
            login="root",
            name="Root",
            role=StaffRole.ADMIN,
            password_hash=kept,
            actor=audit.COMMAND_LINE,
            now=utc_now(),
        )
        await db.execute(update(StaffAccount).values(name=EVERY))
        db.add_all(
            ConversationTag(conversation_id=talk, tag=one, given_at=now) for one in hostile.SCRIPTS
        )
        db.add_all(CannedReply(title=one, text=one, changed_at=now) for one in hostile.SCRIPTS)
        db.add_all(
            Job(kind=one, payload={}, queued_at=now, state=JobState.DEAD, error=one)
            for one in hostile.SCRIPTS
        )
        await _poison_content(db)
        for one in hostile.SCRIPTS:
            await audit.record(db, actor=one, act=one, subject=one, details={one: one}, now=now)
    await database.close()


async def _poison_content(db: AsyncSession) -> None:
    for mapper in Base.registry.mappers:
        titles = [column for column in mapper.columns if isinstance(column.type, BilingualText)]
        if titles and mapper.class_ is not WrittenPage:
            values = {column.name: Bilingual(EVERY, EVERY) for column in titles}
            await db.execute(update(mapper.class_).values(values))
    channels = (await db.scalars(select(ContactChannel))).all()
    for number, channel in enumerate(channels):
        if channel.value is not None and channel.kind is not ContactKind.PHONE:
            channel.value = hostile.SCRIPTS[number % len(hostile.SCRIPTS)] + SHOWN
    for rule in await db.scalars(select(ReplyRule)):
        rule.words = list(hostile.SCRIPTS)
        rule.says = [_said(answer) for answer in rule.says]
    for menu in await db.scalars(select(Menu)):
        menu.buttons = [{**button, "name": EVERY} for button in menu.buttons]


def _said(answer: dict[str, Any]) -> dict[str, Any]:
    texts = {name: {"zh": EVERY, "en": EVERY} for name in ("title", "text") if answer.get(name)}
    return {**answer, **texts}


def _pack() -> bytes:
    """Give the real pack with keys that are hostile, in a folder whose name is."""
    file, root = BytesIO(), ROOT / "content" / "2026-first"
    keys = [f'"{SHOWN}{number}{_plain(one)}" = 1\n' for number, one in enumerate(hostile.SCRIPTS)]
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in (path for path in sorted(root.rglob("*")) if path.suffix in {".toml", ".md"}):
            before = "".join(keys) if path.name == "links.toml" else ""
            name = f"<img src=x onerror={SHOWN}>/{path.relative_to(root)}"
            archive.writestr(name, before + path.read_text(encoding="utf-8"))
    return file.getvalue()


def _plain(text: str) -> str:
    """Write a text as TOML does between quotes."""
    return "".join(f"\\u{ord(one):04x}" if one in '"\\' or ord(one) < 32 else one for one in text)


def _form(*, section: str) -> bytes:
    """Give a filled-in form whose every cell is hostile."""
    text = StringIO()
    rows = csv.writer(text)
    rows.writerow(filled_forms.HEAD)
    rows.writerow(["章节 *"])
    columns = filled_forms.HEAD[:-1]
    for one in hostile.SCRIPTS:
        said = dict.fromkeys(("comment", "proposed_text", "rationale", "name", "organisation"), one)
        rows.writerow([{"section": section, **said}.get(column, "") for column in columns])
    return text.getvalue().encode()


PAGES = (
    "/staff",
    "/staff/inbox?folder=all",
    "/staff/canned-replies",
    "/staff/accounts",
    "/staff/audit",
    "/staff/figures",
    "/staff/webinars",
    "/staff/webinars/china",
    "/staff/content/links",
    "/staff/content/links/survey",
    "/staff/content/documents",
    "/staff/content/documents/ps-v4-draft",
    "/staff/content/contacts",
    "/staff/content/contacts/asi-china",
    "/staff/content/replies",
    "/staff/content/replies/rule/documents",
    "/staff/content/menu",
    "/staff/content/preview?at=2026-03-10T09:00",
)


REFLECTING = (
    "/staff/login?next=",
    "/staff/inbox?tag=",
    "/staff/inbox/search?word=",
    "/staff/canned-replies?word=",
    "/staff/feedback?tag=",
    "/staff/feedback?words=",
    "/staff/content/links?q=",
    "/staff/content/documents?standard=",
    "/staff/content/packs?done=",
    "/staff/content/preview/page?at=2026-03-10T09:00&page=/",
)
PREVIEWED = (
    "/",
    "/feedback",
    "/feedback/new",
    "/webinars/china",
    "/documents/ps-v4-draft",
    "/contacts/asi-china",
)


def test_nothing_that_anybody_wrote_ever_runs_at_the_desk(desk: Desk) -> None:
    assert len(hostile.SCRIPTS) >= 40
    for path in PAGES:
        desk.look(path)
    for path in PREVIEWED:
        desk.look(f"/staff/content/preview/page?at=2026-03-10T09:00&page={path}")
    for path in REFLECTING:
        desk.look(path + quote('"><svg onload=alert(1)>', safe=""), shows=False)
    desk.look("/staff/jobs?show=dead")
    desk.click("a.job")
    _read_messages(desk)
    _import(desk)
    desk.upload("/staff/content/packs", f"{NAME}.zip", _pack())
    # What is there is compared with the folder's pack: all of it differs.
    desk.click("form:has(input[value=folder]) button[type=submit]")

    assert desk.faults == [], "\n".join(desk.faults)


def _read_messages(desk: Desk) -> None:
    """Read a conversation, find it, and make more of it."""
    desk.look("/staff/inbox/search?word=alert")
    desk.look("/staff/inbox?folder=all")
    desk.click(".talk")
    talk = desk.page.url.removeprefix(desk.service.url)
    comment = desk.page.locator("a[href$='/comment']").first.get_attribute("href")
    desk.look(f"{comment}")
    desk.look(f"{talk}/registration")


def _import(desk: Desk) -> None:
    """Enter comments by a form, tag and translate one, and look at it wherever it is shown."""
    desk.upload("/staff/feedback/import", NAME, _form(section=NAME), shows=False)
    desk.upload("/staff/feedback/import", NAME, _form(section="ps/v4/9"))
    desk.click("form button[type=submit]", shows=False)
    desk.look("/staff/feedback")
    item = desk.page.locator("a[href*='/feedback/items/']").first.get_attribute("href")
    for one in hostile.SCRIPTS[:8]:
        desk.send(f"{item}/tags", tag=one[:20])
    desk.send(f"{item}/translation", seen="0", version="1", comment=EVERY[:2000])
    desk.look(f"{item}")
    desk.look("/staff/feedback?words=alert")
