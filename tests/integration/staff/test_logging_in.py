"""Getting in takes what it should, and a session ends when it should."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from api.app import Application, create_app
from models.vocabulary import StaffRole
from services.runtime.clock import utc_now
from services.runtime.database import Database
from services.runtime.settings import Settings
from services.staff_accounts import logins, sessions
from tests.integration.staff.workers import PASSWORD, Browser, app_code, browsing, hire
from tests.support.clocks import SetClock

pytestmark = pytest.mark.any_database


@pytest.fixture
def machine() -> SetClock:
    """The machine's clock. It begins now: what is over by the real one is tidied away."""
    return SetClock(utc_now())


@pytest.fixture
async def desk(
    settings: Settings, database: Database, clock: SetClock, machine: SetClock
) -> AsyncIterator[Application]:
    made = create_app(
        settings, database=database, clock=clock, machine_time=lambda: machine().timestamp()
    )
    async with made.api.router.lifespan_context(made.api):
        yield made


async def _admin(browser: Browser, machine: SetClock) -> str:
    """Log an admin in for the first time; give the secret of their second factor."""
    await browser.log_in("admin")
    page = (await browser.client.get("/staff/login/second-factor")).text
    found = re.search(r'class="code-text">([A-Z2-7 ]+)<', page)
    assert found, page
    secret = found[1].replace(" ", "")
    done = await browser.send("/staff/login/second-factor", code=app_code(secret, machine()))
    assert len(re.findall(r'<li class="code-text">', done.text)) == 10
    return secret


async def test_an_agent_logs_in_and_out(desk: Application) -> None:
    await hire(desk, "anna")
    async with browsing(desk) as browser:
        # staff_login_required
        outside = await browser.client.get("/staff/account")
        await browser.client.get("/staff/login")
        before = browser.client.cookies["asi_desk"]
        inside = await browser.log_in("Anna ")
        home = await browser.client.get("/staff")
        kept = dict(browser.client.cookies)
        await browser.send("/staff", "/staff/log-out")
        browser.client.cookies.update(kept)
        after = await browser.client.get("/staff")

    assert outside.headers["location"] == "/staff/login?next=/staff/account"
    assert inside.headers["location"] == "/staff"
    assert kept["asi_desk"] != before
    assert "Anna，您好" in home.text
    assert "/staff/accounts" not in home.text
    assert after.status_code == 303


async def test_five_wrong_passwords_and_the_right_one_does_not_help(
    desk: Application, machine: SetClock
) -> None:
    await hire(desk, "anna")
    await hire(desk, "bo")
    async with browsing(desk) as browser:
        wrong = [await browser.log_in("anna", "wrong") for _ in range(logins.TRIES)]
        nobody = await browser.log_in("nobody", "wrong")
        locked = await browser.log_in("anna")
        other = await browser.log_in("bo")
        machine.now += logins.WINDOW
        later = await browser.log_in("anna")

    # staff_login_refused · too_many_logins
    assert {page.status_code for page in (*wrong, nobody)} == {422}
    assert 'data-code="staff_login_refused"' in nobody.text
    assert "wrong" not in nobody.text
    assert (locked.status_code, 'data-code="too_many_logins"' in locked.text) == (429, True)
    assert (other.status_code, later.status_code) == (303, 303)


async def test_an_admin_is_nobody_without_the_second_factor(
    desk: Application, machine: SetClock
) -> None:
    await hire(desk, "admin", StaffRole.ADMIN)
    async with browsing(desk) as browser:
        first = await browser.log_in("admin")
        halfway = await browser.client.get("/staff/accounts")
        secret = await _admin(browser, machine)
        inside = await browser.client.get("/staff/accounts")
        second = await browser.log_in("admin")
        used = await browser.send("/staff/login/code", code=app_code(secret, machine()))
        fresh = await browser.send("/staff/login/code", code=app_code(secret, machine(), steps=1))
        again = await browser.send(
            "/staff/account", "/staff/login/second-factor", code=app_code(secret, machine())
        )

    assert first.headers["location"] == "/staff/login/second-factor"
    assert halfway.status_code == 303
    assert inside.status_code == 200
    assert second.headers["location"] == "/staff/login/code"
    assert 'data-code="second_factor_refused"' in used.text
    assert fresh.headers["location"] == "/staff"
    assert 'data-code="second_factor_set"' in again.text


async def test_a_code_may_be_typed_as_apps_and_keyboards_write_it(
    desk: Application, machine: SetClock
) -> None:
    await hire(desk, "admin", StaffRole.ADMIN)
    async with browsing(desk) as browser:
        await browser.log_in("admin")
        page = (await browser.client.get("/staff/login/second-factor")).text
        secret = re.findall(r'class="code-text">([A-Z2-7 ]+)<', page)[0].replace(" ", "")
        code = app_code(secret, machine())
        strange = await browser.send("/staff/login/second-factor", code="é23456")
        wide = code.translate({ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789"})
        split = f"{wide[:3]} {wide[3:]}"
        set_up = await browser.send("/staff/login/second-factor", code=split)
        await browser.log_in("admin")
        later = app_code(secret, machine(), steps=1)
        wide = later.translate({ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789"})
        inside = await browser.send("/staff/login/code", code=wide)

    assert (strange.status_code, set_up.status_code, inside.status_code) == (422, 200, 303)


async def test_a_recovery_code_opens_once(desk: Application, machine: SetClock) -> None:
    await hire(desk, "admin", StaffRole.ADMIN)
    async with browsing(desk) as browser:
        await browser.log_in("admin")
        page = (await browser.client.get("/staff/login/second-factor")).text
        secret = re.findall(r'class="code-text">([A-Z2-7 ]+)<', page)[0].replace(" ", "")
        shown = await browser.send("/staff/login/second-factor", code=app_code(secret, machine()))
        code = re.findall(r'<li class="code-text">([^<]+)<', shown.text)[0]
        outcomes = []
        for typed in (code.upper(), code):
            await browser.log_in("admin")
            outcomes.append((await browser.send("/staff/login/code", code=typed)).status_code)
        guessed = [
            (await browser.send("/staff/login/code", code="000000")).status_code
            for _ in range(logins.TRIES)
        ]

    assert outcomes == [303, 422]
    assert guessed == [422] * (logins.TRIES - 1) + [429]


async def test_a_session_ends_by_itself(desk: Application, machine: SetClock) -> None:
    await hire(desk, "anna")
    async with browsing(desk) as browser:
        await browser.log_in("anna")
        used = []
        for _ in range(3):
            machine.now += sessions.UNUSED - timedelta(minutes=1)
            used.append((await browser.client.get("/staff")).status_code)
        machine.now += sessions.UNUSED
        unused = await browser.client.get("/staff")
        await browser.log_in("anna")
        machine.now += sessions.LONGEST - timedelta(hours=1)

    assert used == [200] * 3
    assert unused.status_code == 303


async def test_a_page_that_keeps_itself_fresh_keeps_no_session_alive(
    desk: Application, machine: SetClock
) -> None:
    await hire(desk, "anna")
    async with browsing(desk) as browser:
        await browser.log_in("anna")
        asked = []
        for _ in range(2):
            machine.now += sessions.UNUSED - timedelta(minutes=1)
            page = await browser.client.get("/staff", headers={"HX-Request": "true"})
            asked.append(page.status_code)

    assert asked == [200, 401]


async def test_a_new_password_ends_the_other_sessions(desk: Application) -> None:
    await hire(desk, "anna")
    chosen = "sechs Wale trinken Tee am Montag"
    async with browsing(desk) as phone, browsing(desk) as laptop:
        await phone.log_in("anna")
        await laptop.log_in("anna")
        ways: dict[str, Any] = {"page": "/staff/account", "to": "/staff/account/password"}
        unfit = await laptop.send(**ways, password=PASSWORD, new_password="password1234")
        wrong = await laptop.send(**ways, password="wrong", new_password=chosen)
        done = await laptop.send(**ways, password=PASSWORD, new_password=chosen)
        lost = await phone.client.get("/staff")
        kept = await laptop.client.get("/staff")
        old = await phone.log_in("anna")
        new = await phone.log_in("anna", chosen)

    assert 'data-code="password_unfit"' in unfit.text
    assert 'data-code="staff_login_refused"' in wrong.text
    assert done.headers["location"].startswith("/staff/account")
    assert (lost.status_code, kept.status_code) == (303, 200)
    assert (old.status_code, new.status_code) == (422, 303)


async def test_a_lost_phone_is_logged_out_from_another_device(desk: Application) -> None:
    await hire(desk, "anna")
    await hire(desk, "bo")
    async with browsing(desk) as phone, browsing(desk) as laptop, browsing(desk) as other:
        await phone.log_in("anna")
        await laptop.log_in("anna")
        await other.log_in("bo")
        page = (await laptop.client.get("/staff/account")).text
        (end,) = re.findall(r'action="(/staff/account/sessions/[^"]+/end)"', page)
        foreign = await other.send("/staff/account", end)
        done = await laptop.send("/staff/account", end)
        lost = await phone.client.get("/staff")

    # staff_session_not_found
    assert foreign.status_code == 404
    assert (done.status_code, lost.status_code) == (303, 303)
