"""Accounts are changed by admins alone, at once, and nobody is locked out by mistake."""

import re
from collections.abc import AsyncIterator

import pytest

from api.app import Application
from models.vocabulary import StaffRole
from services.staff_accounts import accounts
from tests.integration.staff.workers import Browser, app_code, browsing, hire
from tests.support.commands import Shell

pytestmark = pytest.mark.any_database

SHOWN_ONCE = re.compile(r'class="code-text">([^<]+)<')


@pytest.fixture
async def admin(application: Application) -> AsyncIterator[Browser]:
    """An admin at work."""
    await hire(application, "admin", StaffRole.ADMIN)
    async with browsing(application) as browser:
        await browser.log_in("admin")
        page = (await browser.client.get("/staff/login/second-factor")).text
        secret = SHOWN_ONCE.findall(page)[0].replace(" ", "")
        now = application.parts.machine_clock()
        await browser.send("/staff/login/second-factor", code=app_code(secret, now))
        yield browser


async def _account(application: Application, login: str) -> str:
    async with application.parts.database.snapshot() as db:
        return str((await accounts.by_login(db, login=login)).id)


async def test_somebody_new_gets_a_password_that_works(
    application: Application, admin: Browser
) -> None:
    page = "/staff/accounts"
    made = await admin.send(page, login="Anna@asi.example", name="安娜", role="agent")
    taken = await admin.send(page, login="anna@asi.example", name="安娜", role="agent")
    wrong = await admin.send(page, login="<b>", name="", role="owner")
    (password,) = SHOWN_ONCE.findall(made.text)
    async with browsing(application) as anna:
        inside = await anna.log_in("anna@asi.example", password)

    # login_taken
    assert (taken.status_code, 'data-code="login_taken"' in taken.text) == (409, True)
    assert (wrong.status_code, wrong.text.count('<li><a href="#')) == (422, 3)
    assert inside.headers["location"] == "/staff"


async def test_who_is_closed_out_is_out_at_once(application: Application, admin: Browser) -> None:
    await hire(application, "anna")
    to = f"/staff/accounts/{await _account(application, 'anna')}"
    async with browsing(application) as anna:
        await anna.log_in("anna")
        await admin.send("/staff/accounts", to, role="agent", disabled="on")
        after = await anna.client.get("/staff")
        closed = await anna.log_in("anna")
        await admin.send("/staff/accounts", to, role="editor")
        opened = await anna.log_in("anna")
        home = await anna.client.get("/staff")

    assert (after.status_code, closed.status_code) == (303, 422)
    assert opened.status_code == 303
    assert "编辑" in home.text


async def test_a_reset_gives_a_new_password_and_ends_the_old(
    application: Application, admin: Browser
) -> None:
    await hire(application, "anna")
    to = f"/staff/accounts/{await _account(application, 'anna')}/reset"
    made = await admin.send("/staff/accounts", to)
    (password,) = SHOWN_ONCE.findall(made.text)
    async with browsing(application) as anna:
        old = await anna.log_in("anna")
        new = await anna.log_in("anna", password)

    assert (old.status_code, new.status_code) == (422, 303)


async def test_the_last_admin_stays(application: Application, admin: Browser) -> None:
    to = f"/staff/accounts/{await _account(application, 'admin')}"

    refused = [
        await admin.send("/staff/accounts", to, role="agent"),
        await admin.send("/staff/accounts", to, role="admin", disabled="on"),
    ]

    # last_admin · staff_account_not_found
    assert [page.status_code for page in refused] == [409, 409]
    assert 'data-code="last_admin"' in refused[0].text
    nobody = "/staff/accounts/00000000-0000-0000-0000-000000000000"
    assert (await admin.send("/staff/accounts", nobody, role="agent")).status_code == 404


async def test_what_was_done_can_be_read(application: Application, admin: Browser) -> None:
    await hire(application, "anna")
    page = (await admin.client.get("/staff/audit")).text

    assert page.index("staff/anna") < page.index("设置两步验证")


def test_the_machine_s_keeper_makes_the_first_account(
    database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ASI_DATABASE_URL", database_url)
    asi = Shell(capsys)

    made = asi("staff", "add", "anna", "--name", "安娜", "--role", "admin", "--json").json
    last = asi("staff", "disable", "anna")
    asi("staff", "add", "bo", "--name", "Bo")
    asi("staff", "role", "bo", "admin")
    asi("staff", "disable", "anna")
    again = asi("staff", "reset", "anna", "--json").json
    asi("staff", "disable", "anna", "--undo")

    assert (last.code, "管理员" in last.err) == (1, True)
    assert made["password"] != again["password"]
    rows = {row["login"]: row for row in asi("staff", "list", "--json").json}
    assert (rows["anna"]["disabled"], rows["bo"]["role"]) == (False, "admin")
    acts = [row["act"] for row in asi("audit", "show", "--json").json]
    assert acts[:3] == ["staff.enabled", "staff.reset", "staff.disabled"]
    assert asi("audit", "verify").code == 0
