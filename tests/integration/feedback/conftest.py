"""People who are logged in."""

from collections.abc import Awaitable, Callable
from uuid import uuid4

import httpx2
import pytest

from api.app import Application
from services import visitors
from services.runtime.clock import utc_now
from services.runtime.database import Database
from services.wechat.gateway import Login
from tests.integration.feedback.senders import Person

Crowd = Callable[[int], Awaitable[list[Person]]]


@pytest.fixture
def crowd(application: Application, client: httpx2.AsyncClient, database: Database) -> Crowd:
    """Gives as many people as asked for, each logged in."""
    parts = application.parts

    async def come(number: int) -> list[Person]:
        people = []
        async with database.transaction() as db:
            for _ in range(number):
                login = Login(openid=f"o{uuid4().hex}", session_key="key", unionid=None)
                done = await visitors.log_in(
                    db,
                    login=login,
                    appid=parts.settings.mp_appid,
                    sealer=parts.sealer,
                    now=utc_now(),
                )
                people.append(Person(client, done.token, login.openid, done.visitor.id.hex))
        return people

    return come


@pytest.fixture
async def person(crowd: Crowd) -> Person:
    return (await crowd(1))[0]
