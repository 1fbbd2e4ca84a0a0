"""The desk's permission matrix: every route by every method, asked by everybody there could be."""

import re
from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx2
import pytest
from fastapi.routing import APIRoute

from api import staff
from api.app import Application, create_app
from api.staff.callers import Permitted
from models.vocabulary import StaffRole
from services.runtime.clock import utc_now
from services.runtime.database import Database
from services.runtime.settings import Settings
from services.staff_accounts import ALLOWED, Permission
from tests.integration.staff.workers import Browser, app_code, browsing, hire
from tests.support.clocks import SetClock

pytestmark = pytest.mark.any_database

OPEN_TO_ALL = {"/staff/login", "/staff/login/code", "/staff/login/second-factor", "/staff/log-out"}
WITHOUT_END = {"/staff/inbox/events"}
"""Streams: who may open one would wait for ever."""

PAGES = {
    Permission.OPEN_DESK: "/staff/account",
    Permission.READ_FEEDBACK: "/staff/feedback",
    Permission.ANSWER_FEEDBACK: "/staff/feedback/enter",
    Permission.EXPORT_FEEDBACK: "/staff/feedback/export",
    Permission.EXPORT_MESSAGES: "/staff/messages/export",
    Permission.PUBLISH_ANSWERS: "/staff/feedback/publication",
    Permission.MANAGE_STAFF: "/staff/accounts",
    Permission.READ_AUDIT: "/staff/audit",
    Permission.READ_REGISTRATIONS: "/staff/webinars/china",
    Permission.RUN_WEBINARS: "/staff/webinars/china/check-in",
    Permission.SET_WEBINARS: "/staff/webinars/china/message",
    Permission.READ_MESSAGES: "/staff/inbox",
    Permission.ANSWER_MESSAGES: "/staff/canned-replies",
    Permission.READ_CONTENT: "/staff/content",
    Permission.EDIT_CONTENT: "/staff/content/new-link",
    Permission.READ_FIGURES: "/staff/figures",
    Permission.READ_JOBS: "/staff/jobs",
}
"""A page for each permission that opens one, so that it is seen to open for who may."""

NOBODY = "00000000-0000-0000-0000-000000000000"
FORM_TOKEN = re.compile(r'name="form_token" value="([^"]+)"')


@dataclass(frozen=True)
class Address:
    """A route of the desk with the permission that it declares."""

    method: str
    path: str
    permission: Permission

    @property
    def nowhere(self) -> str:
        """Its address for a thing that there is not: who may look is told so, others are not."""
        return self.path.format_map(defaultdict(lambda: NOBODY))


ADDRESSES = [
    Address(method, route.path, item.call.permission)
    for router in staff.ROUTERS
    for route in router.routes
    if isinstance(route, APIRoute)
    for item in route.dependant.dependencies
    if isinstance(item.call, Permitted)
    for method in sorted(route.methods or ())
]


@pytest.fixture
async def desk(
    settings: Settings, database: Database, clock: SetClock
) -> AsyncIterator[Application]:
    machine = SetClock(utc_now())
    made = create_app(
        settings, database=database, clock=clock, machine_time=lambda: machine().timestamp()
    )
    async with made.api.router.lifespan_context(made.api):
        yield made


def test_every_route_of_the_desk_is_in_the_matrix() -> None:
    routes = [
        (method, route.path)
        for router in staff.ROUTERS
        for route in router.routes
        if isinstance(route, APIRoute)
        for method in route.methods or ()
    ]
    declared = {(address.method, address.path) for address in ADDRESSES}

    assert {path for method, path in routes if (method, path) not in declared} == OPEN_TO_ALL
    assert len(ADDRESSES) == len(declared)
    assert set(ALLOWED) == set(Permission)


async def test_who_is_not_logged_in_is_sent_to_log_in(desk: Application) -> None:
    await hire(desk, "gone")
    async with browsing(desk) as nobody, browsing(desk) as gone:
        await gone.log_in("gone")
        token = await _form_token(gone)
        kept = dict(gone.client.cookies)
        await gone.send("/staff/account", "/staff/log-out")
        gone.client.cookies.update(kept)
        for address in ADDRESSES:
            for browser, sent in ((nobody, {}), (gone, {"form_token": token})):
                answer = await browser.client.request(address.method, address.nowhere, data=sent)
                assert answer.status_code == 303, address
                assert answer.headers["location"].startswith("/staff/login?next="), address


@pytest.mark.parametrize("role", StaffRole)
async def test_each_role_comes_as_far_as_its_permissions(
    desk: Application, role: StaffRole
) -> None:
    await hire(desk, role.value, role)
    async with browsing(desk) as browser:
        await _log_in(browser, role, desk)
        token = await _form_token(browser)
        for address in ADDRESSES:
            may = role in ALLOWED[address.permission]
            if may and address.path in WITHOUT_END:
                continue
            answer = await _ask(browser, address, token)
            assert (answer.status_code != 403) == may, (address, answer.status_code)
            # 503: no account of WeChat's is configured here.
            assert answer.status_code < 500 or answer.status_code == 503, address
            assert answer.status_code != 429, "the limit stands before what is to be looked at"
            assert "/staff/login" not in answer.headers.get("location", ""), address
        for permission, page in PAGES.items():
            # not_permitted
            expected = 200 if role in ALLOWED[permission] else 403
            assert (await browser.client.get(page)).status_code == expected, page


async def _ask(browser: Browser, address: Address, token: str) -> httpx2.Response:
    if address.method == "GET":
        return await browser.client.get(address.nowhere)
    return await browser.client.request(
        address.method, address.nowhere, data={"form_token": token, "form_key": NOBODY}
    )


async def _form_token(browser: Browser) -> str:
    found = FORM_TOKEN.search((await browser.client.get("/staff/account")).text)
    assert found
    return found[1]


async def _log_in(browser: Browser, role: StaffRole, desk: Application) -> None:
    await browser.log_in(role.value)
    if role is StaffRole.ADMIN:
        page = (await browser.client.get("/staff/login/second-factor")).text
        (secret,) = re.findall(r'class="code-text">([A-Z2-7 ]+)<', page)
        now = desk.parts.machine_clock()
        await browser.send(
            "/staff/login/second-factor", code=app_code(secret.replace(" ", ""), now)
        )
