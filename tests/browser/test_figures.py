"""The figures are drawn in the browser under the desk's policy, and can be read without that."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, ViewportSize, expect

from models.vocabulary import ClientKind, StaffRole, VisitKind
from services import audit
from services.runtime.clock import OffsetClock, utc_now
from services.runtime.database import Database
from services.staff_accounts import accounts, passwords
from services.visits import Visit, beijing_day, counting
from tests.browser.running import Service
from tests.integration.staff.workers import PASSWORD

AXE = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}
PHONE = ViewportSize(width=375, height=812)
VISITS = 1234


async def _furnish(folder: Path) -> None:
    """Make an account, and today's visits."""
    database, kept = Database(f"sqlite:///{folder / 'asi.db'}"), await passwords.hashed(PASSWORD)
    now = OffsetClock(folder / "clock.json", start=None)()
    visit = Visit("feedback", "article", ClientKind.WECHAT, VisitKind.SCAN)
    async with database.transaction() as db:
        await counting.write(db, {visit: VISITS}, day_on=beijing_day(now))
        await accounts.add(
            db,
            login="figures",
            name="Fig",
            role=StaffRole.VIEWER,
            password_hash=kept,
            actor=audit.COMMAND_LINE,
            now=utc_now(),
        )
    await database.close()


def _log_in(page: Page, service: Service) -> None:
    page.goto(f"{service.url}/staff/login?next=/staff/figures")
    page.get_by_label("账号").fill("figures")
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()


def test_figures_are_drawn_under_the_policy_and_read_without_scripts(
    service: Service, chromium: Browser
) -> None:
    with ThreadPoolExecutor() as pool:
        pool.submit(asyncio.run, _furnish(service.folder)).result()
    context = chromium.new_context(viewport=PHONE, locale="zh-CN", reduced_motion="reduce")
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda one: complaints.append(one.text))
    _log_in(page, service)
    drawn = page.locator("#followed .figure__chart")

    expect(drawn.locator("canvas")).to_be_visible()
    box = drawn.bounding_box()
    assert box is not None
    # Today's bar is the last one.
    drawn.click(position={"x": box["width"] - 24, "y": box["height"] / 2})
    expect(page.locator("#followed .figure__read")).to_contain_text(f"{VISITS:,}")
    expect(page.locator("#followed table")).to_be_hidden()
    found = Axe().run(page, options=AXE)
    wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    plain = chromium.new_context(
        viewport=PHONE, storage_state=context.storage_state(), java_script_enabled=False
    ).new_page()
    plain.goto(f"{service.url}/staff/figures")

    expect(plain.locator("#followed table")).to_contain_text(str(VISITS))
    assert complaints == []
    assert not wide
    assert found.violations_count == 0, found.generate_report()
    context.close()
    plain.context.close()
