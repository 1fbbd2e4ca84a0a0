"""People who are logged in."""

from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest

from api.app import Application
from services import visitors
from services.runtime.clock import utc_now
from services.runtime.database import Database
from services.wechat.gateway import Login
from tests.integration.privacy.people import Person
from tests.support.templates import Template

Crowd = Callable[[int], Awaitable[list[Person]]]


@pytest.fixture
def sqlite_url(sqlite_template: Template, tmp_path: Path) -> Iterator[str]:
    """A database of a test that need not run on both kinds."""
    with sqlite_template.copy(tmp_path) as url:
        yield url


@pytest.fixture
def crowd(application: Application, client: httpx2.AsyncClient, database: Database) -> Crowd:
    """Gives as many people as asked for, each logged in."""
    parts = application.parts

    async def come(number: int) -> list[Person]:
        people = []
        async with database.transaction() as db:
            for _ in range(number):
                login = Login(openid=f"o{uuid4().hex[:27]}", session_key="a-key", unionid=None)
                done = await visitors.log_in(
                    db,
                    login=login,
                    appid=parts.settings.mp_appid,
                    sealer=parts.sealer,
                    now=utc_now(),
                )
                people.append(Person(client, done.token, login.openid, done.visitor.id))
        return people

    return come


@pytest.fixture
async def person(crowd: Crowd) -> Person:
    return (await crowd(1))[0]
