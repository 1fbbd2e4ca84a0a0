"""The desk's heart, as people have it: two agents, each with a browser, and a visitor's phone."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect

from models.vocabulary import StaffRole
from services import audit
from services.runtime.clock import OffsetClock, utc_now
from services.runtime.database import Database
from services.staff_accounts import accounts, passwords
from tests.conftest import PACK, SECRET_KEY
from tests.integration.staff.talks import write
from tests.integration.staff.workers import PASSWORD
from tests.support import hostile, processes
from tests.support import simulator as simulators
from tests.support.ports import free_in_a_row
from tests.support.simulator import ENVIRONMENT, Simulator

PORTS = 3
MILLISECONDS = 30_000
TRIES = 100
PHONE = (375, 812)
LAPTOP = (1280, 860)
WINDOW = timedelta(hours=48)
SEND = "/cgi-bin/message/custom/send"
AXE = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}

ASKED = "请问可以寄纸质版吗？<img src=x onerror=alert(1)>"
SAID = "您好，可以，请告诉我们收件地址。"
TOO = "您好，纸质版要等到下周。"
LATE = "请问您收到了吗？"


@dataclass(frozen=True)
class Desk:
    """A service, the WeChat that it knows, and who works there."""

    url: str
    data: Path
    simulator: Simulator

    def let_pass(self, time: timedelta) -> None:
        """Move the service's clock."""
        clock = OffsetClock(self.data / "clock.json", start=None)
        clock.move(clock() + time)


@dataclass(frozen=True)
class Agent:
    """Somebody of ours at a browser."""

    page: Page

    @property
    def field(self) -> Locator:
        return self.page.get_by_label("回复", exact=True)

    def said(self, words: str) -> Locator:
        return self.page.locator(".said__text").get_by_text(words, exact=True)

    def wait_until(self, words: str) -> None:
        """Ask for the page, beside what is on the screen, until it says something."""
        pause = Event()
        for _ in range(TRIES):
            if words in self.page.request.get(self.page.url).text():
                return
            pause.wait(0.1)
        pytest.fail(f"It never said {words}")

    def send(self, words: str) -> None:
        self.field.fill(words)
        self.page.get_by_role("button", name="发送").click()


Tab = Callable[[tuple[int, int]], Agent]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder, port = tmp_path_factory.mktemp("desk"), free_in_a_row(PORTS)
    url, data = f"http://127.0.0.1:{port}", folder / "data"
    with ExitStack() as stack:
        simulator = stack.enter_context(
            simulators.running(folder, port=port + 1, ASI_PUBLIC_URL=url)
        )
        told = {
            "ASI_SECRET_KEY": SECRET_KEY,
            "ASI_WECHAT_API_URL": simulator.url,
            "ASI_CONTENT": str(PACK),
        }
        environment = stack.enter_context(pytest.MonkeyPatch.context())
        for name, value in (ENVIRONMENT | told).items():
            environment.setenv(name, value)
        stack.enter_context(processes.running("serve", data_dir=data, port=port))
        simulator.account(push_spacing=0)
        with ThreadPoolExecutor() as pool:
            # Playwright's loop runs in this thread, and no other can.
            pool.submit(asyncio.run, _furnish(data)).result()
        yield Desk(url, data, simulator)


async def _furnish(data: Path) -> None:
    """Make two accounts, and a visitor who means no good."""
    database, kept = Database(f"sqlite:///{data / 'asi.db'}"), await passwords.hashed(PASSWORD)
    async with database.transaction() as db:
        for login in ("anna", "bo"):
            await accounts.add(
                db,
                login=login,
                name=login.title(),
                role=StaffRole.AGENT,
                password_hash=kept,
                actor=audit.COMMAND_LINE,
                now=utc_now(),
            )
    now = OffsetClock(data / "clock.json", start=None)()
    await write(database, *hostile.SCRIPTS, at=now, openid="o" + "h" * 27)
    await database.close()


@pytest.fixture
def tab(chromium: Browser, desk: Desk) -> Iterator[Tab]:
    """Opens tabs, and looks at the end whether anything in them complained."""
    del desk  # which outlives them
    expect.set_options(timeout=MILLISECONDS)
    opened: list[Page] = []
    complaints: list[str] = []

    def open_(size: tuple[int, int]) -> Agent:
        width, height = size
        viewport = ViewportSize(width=width, height=height)
        page = chromium.new_context(viewport=viewport, locale="zh-CN").new_page()
        page.set_default_timeout(MILLISECONDS)
        page.on("console", lambda one: complaints.append(one.text) if one.type == "error" else None)
        page.on("dialog", lambda one: complaints.append(one.message))
        opened.append(page)
        return Agent(page)

    yield open_
    for page in opened:
        page.context.close()
    assert [one for one in complaints if "status of 40" not in one] == []


def _log_in(agent: Agent, desk: Desk, login: str) -> None:
    agent.page.goto(f"{desk.url}/staff/login?next=/staff/inbox")
    agent.page.get_by_label("账号").fill(login)
    agent.page.get_by_label("密码").fill(PASSWORD)
    agent.page.get_by_role("button", name="登录").click()
    expect(agent.page.get_by_role("heading", name="消息")).to_be_visible()


def _read(agent: Agent) -> None:
    """Open what has come in by itself, and find it to be text and nothing else."""
    agent.page.locator(".talk").filter(has_text="请问可以寄纸质版吗").click()
    expect(agent.said(ASKED)).to_be_visible()
    expect(agent.page.locator(".window")).to_contain_text("还可回复 5 条 · 47 小时")
    found = Axe().run(agent.page, options=AXE)
    assert found.violations_count == 0, found.generate_report()


def _lose_session(agent: Agent) -> None:
    """Be logged out elsewhere while writing, and keep what was written."""
    elsewhere = agent.page.context.new_page()
    elsewhere.goto(agent.page.url.partition("/inbox")[0])
    elsewhere.get_by_role("button", name="退出登录").click()
    expect(elsewhere.get_by_label("密码")).to_be_visible()
    agent.field.fill(LATE)
    expect(agent.page.locator("#signed-out")).to_be_visible()
    expect(agent.field).to_have_value(LATE)


def test_what_visitors_write_never_runs(tab: Tab, desk: Desk) -> None:
    anna = tab(PHONE)
    _log_in(anna, desk, "anna")

    anna.page.locator(".talk").filter(has_text="alert(").click()

    said = anna.page.locator(".said__text")
    expect(said).to_have_count(len(hostile.SCRIPTS))
    shown = [words.strip() for words in said.all_text_contents()]
    assert shown == [words.strip() for words in hostile.SCRIPTS]


def test_two_agents_answer_a_phone_and_not_over_each_other(tab: Tab, desk: Desk) -> None:
    phone, anna, bo = tab(PHONE), tab(PHONE), tab(LAPTOP)
    chat = phone.page.locator(".log")
    _log_in(anna, desk, "anna")
    _log_in(bo, desk, "bo")
    phone.page.goto(f"{desk.simulator.url}/simulator/phone")
    phone.page.get_by_role("button", name="关注公众号").click()
    expect(chat.locator(".theirs")).to_have_count(1)
    phone.page.get_by_label("消息", exact=True).fill(ASKED)
    phone.page.get_by_role("button", name="发送", exact=True).click()
    for agent in (anna, bo):
        _read(agent)

    # The other sees an answer while writing another one, and has to look before sending it.
    bo.field.fill(TOO)
    anna.send(SAID)
    expect(chat).to_contain_text(SAID)
    expect(anna.page.locator(".said__state_sent")).to_have_text("已发送")
    expect(bo.said(SAID)).to_be_visible()
    bo.send(TOO)
    expect(bo.page.locator("[data-code=answered_meanwhile]")).to_be_visible()
    bo.send(bo.field.input_value())
    expect(chat).to_contain_text(TOO)

    _lose_session(anna)

    _shut_window(desk, bo)


def _shut_window(desk: Desk, agent: Agent) -> None:
    """Let the window pass while somebody writes: nothing is even tried."""
    sent = len(desk.simulator.calls(SEND))
    desk.let_pass(WINDOW)
    agent.wait_until("回复时段已过")
    agent.send(LATE)
    expect(agent.page.locator("[data-code=window_shut]")).to_be_visible()
    expect(agent.field).to_have_value(LATE)
    assert len(desk.simulator.calls(SEND)) == sent
