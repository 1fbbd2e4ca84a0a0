"""People who are logged in, and a webinar with few seats."""

from collections.abc import Awaitable, Callable
from uuid import uuid4

import httpx2
import pytest

from api.app import Application
from services import registrations, visitors
from services.runtime.clock import utc_now
from services.runtime.database import Database
from services.wechat.gateway import Login
from tests.integration.registrations.people import Person
from tests.support.clocks import SetClock


@pytest.fixture
def crowd(
    application: Application, client: httpx2.AsyncClient, database: Database
) -> Callable[[int], Awaitable[list[Person]]]:
    """Gives as many people as asked for, each logged in."""
    parts = application.parts

    async def come(number: int) -> list[Person]:
        people = []
        async with database.transaction() as db:
            for _ in range(number):
                openid = f"o{uuid4().hex}"
                done = await visitors.log_in(
                    db,
                    login=Login(openid=openid, session_key="key", unionid=None),
                    appid=parts.settings.mp_appid,
                    sealer=parts.sealer,
                    now=utc_now(),
                )
                people.append(Person(client=client, token=done.token, openid=openid))
        return people

    return come


@pytest.fixture
async def person(crowd: Callable[[int], Awaitable[list[Person]]]) -> Person:
    return (await crowd(1))[0]


@pytest.fixture
def set_seats(database: Database, clock: SetClock) -> Callable[[int], Awaitable[None]]:
    """Sets the seats of the Chinese webinar."""

    async def to(seats: int) -> None:
        async with database.transaction() as db:
            await registrations.set_seats(db, slug="china", seats=seats, now=clock.now)

    return to
