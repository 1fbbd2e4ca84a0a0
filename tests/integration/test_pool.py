"""A crowd at once before one process on PostgreSQL: nobody needs a second connection to finish."""

import asyncio
import importlib
import pkgutil
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from sqlalchemy import select

import api.miniprogram
import api.pages
import api.staff
from api import dependencies
from api.app import Application
from models import LoginSession, StaffSession
from models.vocabulary import StaffRole
from services.runtime.database import Database
from tests.conftest import PUBLIC_URL
from tests.integration.pages.readers import Reader, comment, hidden, typed
from tests.integration.staff.workers import Browser, browsing, hire
from tests.support.templates import Template

CHINA = "/staff/webinars/china"
CROWD = 25
"""More than the pool has connections, so that all of them are somebody's first."""


LET_GO_FIRST = {
    "/staff/audit/export",
    "/staff/content/contact-picture",
    "/staff/feedback/export",
    "/staff/feedback/import",
    "/staff/figures/export",
    "/staff/inbox/{conversation_id}",
    "/staff/webinars/{slug}/export",
}
"""Routes that read in one session, close it, and only then write in another."""


@pytest.fixture
def database_url(postgresql_template: Template, tmp_path: Path) -> Iterator[str]:
    """SQLite has an engine for each purpose: who reads there waits for no writer."""
    with postgresql_template.copy(tmp_path) as url:
        yield url


@pytest.fixture
async def reader(application: Application) -> AsyncIterator[Reader]:
    transport = httpx2.ASGITransport(application.asgi)
    async with httpx2.AsyncClient(transport=transport, base_url=PUBLIC_URL) as opened:
        yield Reader(opened)


@pytest.fixture
async def agent(application: Application) -> AsyncIterator[Browser]:
    await hire(application, "alma", StaffRole.EDITOR)
    async with browsing(application) as browser:
        await browser.log_in("alma")
        yield browser


async def _sessions_fall_due(database: Database) -> None:
    """Let time have passed for all who are known: the next use of their session is noted."""
    async with database.transaction() as db:
        for of_page in await db.scalars(select(LoginSession)):
            of_page.expires_at -= timedelta(days=2)
        for of_desk in await db.scalars(select(StaffSession)):
            of_desk.seen_at -= timedelta(minutes=2)


async def test_a_crowd_looks_at_its_comments(reader: Reader, database: Database) -> None:
    sent = await reader.send(
        "/feedback/new", await reader.form("/feedback/new") | comment(may_contact="")
    )
    item = sent.headers["location"]

    for due in (False, True):
        if due:
            await _sessions_fall_due(database)
        pages = await asyncio.gather(*(reader.open(item) for _ in range(CROWD)))
        assert [page.status_code for page in pages] == [200] * CROWD


async def test_a_crowd_changes_its_registrations(reader: Reader) -> None:
    page = "/webinars/china/register"
    sent = await reader.send(page, await reader.form(page) | typed())
    change = sent.headers["location"].partition("?")[0] + "/change"
    shown = [await reader.form(change) for _ in range(CROWD)]

    answers = await asyncio.gather(
        *(reader.send(change, form | typed(name=f"王{n}")) for n, form in enumerate(shown))
    )

    assert {answer.status_code for answer in answers} == {303}


@pytest.mark.parametrize(
    ("page", "to", "values"),
    [
        ("/staff/canned-replies", "/staff/canned-replies", {"title": "问候 {}", "reply": "您好"}),
        (CHINA, f"{CHINA}/export", {"kind": ".csv", "extent": "masked"}),
        ("/staff/feedback/export", "", {"kind": "xlsx", "purpose": "here"}),
        ("/staff/figures", "/staff/figures/export", {"days": "30"}),
    ],
)
async def test_a_crowd_sends_forms_at_the_desk(
    agent: Browser, database: Database, page: str, to: str, values: dict[str, str]
) -> None:
    forms = [hidden(await agent.client.get(page)) for _ in range(CROWD)]
    for number, form in enumerate(forms):
        form.update({name: value.format(number) for name, value in values.items()})
    await _sessions_fall_due(database)

    answers = await asyncio.gather(*(agent.client.post(to or page, data=form) for form in forms))

    assert {answer.status_code for answer in answers} <= {200, 303}


def test_no_other_route_has_two_sessions() -> None:
    """A route that is new here closes its `ReadDb` before it uses its `Db`: look, then add it."""
    both = {dependencies.snapshot, dependencies.transaction}

    assert {route.path for route in _routes() if both <= set(_needed(route.dependant))} == (
        LET_GO_FIRST
    )


def _routes() -> Iterator[APIRoute]:
    for package in (api, api.miniprogram, api.pages, api.staff):
        for found in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            router = getattr(importlib.import_module(found.name), "router", None)
            yield from (one for one in getattr(router, "routes", ()) if isinstance(one, APIRoute))


def _needed(dependant: Dependant) -> Iterator[object]:
    for one in dependant.dependencies:
        yield one.call
        yield from _needed(one)
