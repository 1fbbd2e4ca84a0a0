"""The account's menu at the desk: beside WeChat's, and put in force as it was seen."""

import re
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx2
import pytest
from sqlalchemy import select

from api.app import Application
from models import AuditEntry, Menu
from models.vocabulary import StaffRole
from services.conversations.work import Doors
from services.runtime.database import Database
from tests.integration.staff.workers import Browser, browsing, hire
from tests.support import wechat_accounts
from tests.support.simulator import Simulator, in_thread

pytestmark = pytest.mark.any_database

MENU = "/staff/content/menu"
PUSH = f"{MENU}/push"
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


@pytest.fixture(scope="module")
def running() -> Iterator[Simulator]:
    with in_thread(ASI_PUBLIC_URL="http://127.0.0.1:9") as simulator:
        yield simulator


@pytest.fixture
async def simulator(running: Simulator, application: Application) -> AsyncIterator[Simulator]:
    """A WeChat in which nobody has done anything, and our account's door to it."""
    running.reset()
    running.no_faults()
    database = application.parts.database
    async with wechat_accounts.official(running.url, database) as door:
        application.api.state.doors = Doors(official_account=door)
        yield running


def _in_force(simulator: Simulator) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = simulator.http.get("/simulator/menu").json()["button"]
    return found


async def _push(browser: Browser, shown: httpx2.Response) -> httpx2.Response:
    return await browser.client.post(PUSH, data=dict(HIDDEN.findall(shown.text)))


async def _acts(database: Database) -> list[str]:
    async with database.snapshot() as db:
        entries = await db.scalars(select(AuditEntry).order_by(AuditEntry.position))
        return [entry.act for entry in entries if entry.act.startswith("content.menu")]


async def test_a_menu_is_compared_confirmed_and_put_in_force_once(
    database: Database, editor: Browser, simulator: Simulator
) -> None:
    page = await editor.client.get(MENU)
    asked_before = len(simulator.calls("/cgi-bin/menu/get"))
    compared = await editor.client.get(f"{MENU}/compare")
    confirming = await editor.client.get(PUSH)
    untouched = _in_force(simulator)
    pushed = await _push(editor, confirming)
    again = await _push(editor, confirming)
    told = await editor.client.get(pushed.headers["location"])

    assert "2. 参与征询 / 1. 中文专场研讨会" in page.text
    assert asked_before == 0
    for said in ("微信中还没有菜单", "用自动回复“deadline”回答", "/r/china?ch=menu"):
        assert said in compared.text
    assert "确认发布" not in compared.text
    assert untouched == []
    assert (pushed.status_code, again.status_code) == (303, 303)
    assert "菜单已发布" in told.text
    assert "不需要发布" in told.text
    assert [button["name"] for button in _in_force(simulator)] == [
        "征询文件",
        "参与征询",
        "联系我们",
    ]
    assert len(simulator.calls("/cgi-bin/menu/create")) == 1
    assert await _acts(database) == ["content.menu_push", "content.menu_pushed"]


@pytest.mark.parametrize("side", ["pack", "wechat"])
async def test_a_menu_that_changed_since_it_was_seen_is_not_put_in_force(
    database: Database, editor: Browser, simulator: Simulator, side: str
) -> None:
    confirming = await editor.client.get(PUSH)
    if side == "pack":
        async with database.transaction() as db:
            menu = (await db.scalars(select(Menu))).one()
            menu.buttons = menu.buttons[:1]
    else:
        other = [{"type": "view", "name": "别的", "url": "https://example.org/"}]
        simulator.call("/cgi-bin/menu/create", simulator.token(), button=other)

    refused = await _push(editor, confirming)

    # menu_changed
    assert (refused.status_code, 'data-code="menu_changed"' in refused.text) == (409, True)
    assert ("打开 https://example.org/" in refused.text) is (side == "wechat")
    assert len(_in_force(simulator)) == (side == "wechat")
    assert (await _push(editor, refused)).status_code == 303
    assert len(_in_force(simulator)) == (1 if side == "pack" else 3)


async def test_what_wechat_refuses_is_told_in_words_and_written_down(
    database: Database, editor: Browser, simulator: Simulator
) -> None:
    confirming = await editor.client.get(PUSH)
    simulator.fault(path="/cgi-bin/menu/create", errcode=40018)

    refused = await _push(editor, confirming)
    simulator.account(type="subscription", verified=False)
    compared = await editor.client.get(f"{MENU}/compare")

    assert refused.status_code == 503
    assert "40018" in refused.text
    assert "48001" in compared.text
    assert "没有" in compared.text
    assert await _acts(database) == ["content.menu_push", "content.menu_refused"]


async def test_without_an_account_the_menu_is_the_packs(editor: Browser) -> None:
    page = await editor.client.get(MENU)
    compared = await editor.client.get(f"{MENU}/compare")

    assert "公众号尚未配置" in page.text
    assert f'href="{MENU}/compare"' not in page.text
    assert compared.status_code == 200
    assert 'role="alert"' in compared.text


async def test_others_compare_and_push_nothing(
    application: Application, simulator: Simulator
) -> None:
    await hire(application, "vera", StaffRole.VIEWER)
    async with browsing(application) as viewer:
        await viewer.log_in("vera")
        compared = await viewer.client.get(f"{MENU}/compare")
        asking = await viewer.client.get(PUSH)
        pushed = await viewer.client.post(PUSH, data={"seen": "x"})

    assert (compared.status_code, PUSH in compared.text) == (200, False)
    assert (asking.status_code, pushed.status_code) == (403, 403)
    assert _in_force(simulator) == []
