"""The desk on a phone: no page is wrong for axe, the policy or the screen."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyotp
import pytest
from axe_playwright_python.sync_playwright import Axe
from fastapi.routing import APIRoute
from playwright.sync_api import Browser, Page, ViewportSize

from api import staff
from models.vocabulary import StaffRole
from services import audit
from services.runtime.clock import utc_now
from services.runtime.database import Database
from services.staff_accounts import accounts, passwords
from tests.browser.running import Service
from tests.integration.staff.workers import PASSWORD

AXE = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}
PHONE = ViewportSize(width=375, height=812)

NO_PAGES = {
    "/staff/content/menu/compare": "asks a WeChat account, and the service has none",
    "/staff/content/menu/push": "asks a WeChat account, and the service has none",
    "/staff/content/preview/page": "is a reader's page, at a moment that it has to be told",
    "/staff/feedback/form.xlsx": "is a file",
    "/staff/inbox/events": "never ends",
    "/staff/login/code": "is over once one is in",
    "/staff/login/second-factor": "is over once one is in",
}
PAGES = sorted(
    {
        route.path
        for router in staff.ROUTERS
        for route in router.routes
        if isinstance(route, APIRoute) and "GET" in (route.methods or ())
        if "{" not in route.path
    }
    - set(NO_PAGES)
)


@pytest.fixture
def admin(service: Service, chromium: Browser) -> Iterator[Page]:
    """Give the tab of somebody who may open everything."""
    with ThreadPoolExecutor() as pool:
        # Playwright's loop runs in this thread, and no other can.
        pool.submit(asyncio.run, _hire(service.folder)).result()
    page = chromium.new_context(
        base_url=service.url, viewport=PHONE, locale="zh-CN", has_touch=True
    ).new_page()
    page.goto("/staff/login")
    page.get_by_label("账号").fill("desk")
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    secret = page.locator(".code-text").inner_text().replace(" ", "")
    page.get_by_label("验证码").fill(pyotp.TOTP(secret).now())
    page.get_by_role("button", name="完成设置").click()
    page.get_by_role("heading", name="请保存恢复码").wait_for()
    yield page
    page.context.close()


async def _hire(folder: Path) -> None:
    database, kept = Database(f"sqlite:///{folder / 'asi.db'}"), await passwords.hashed(PASSWORD)
    async with database.transaction() as db:
        await accounts.add(
            db,
            login="desk",
            name="王芳",
            role=StaffRole.ADMIN,
            password_hash=kept,
            actor=audit.COMMAND_LINE,
            now=utc_now(),
        )
    await database.close()


def test_every_page_of_the_desk_is_fit_for_a_phone(admin: Page, service: Service) -> None:
    wrong: list[tuple[str, object]] = []
    path = ""
    admin.on("console", lambda said: wrong.append((path, said.text)))
    admin.on(
        "request",
        lambda sent: (
            None
            if sent.url.startswith((f"{service.url}/", "data:"))
            else wrong.append((path, sent.url))
        ),
    )
    for path in PAGES:
        answer = admin.goto(path)
        found = Axe().run(admin, options=AXE)
        if answer is None or answer.status != 200:
            wrong.append((path, answer and answer.status))
        if found.violations_count:
            wrong.append((path, found.generate_report()))
        if admin.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wrong.append((path, "wider than the screen"))

    assert len(PAGES) > 25
    assert wrong == []
