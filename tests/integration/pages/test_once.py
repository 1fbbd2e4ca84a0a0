"""What is sent twice at once, on both databases."""

import asyncio
from collections.abc import AsyncIterator

import httpx2
import pytest
from sqlalchemy import func, select

from api.app import Application
from models import FeedbackItem, LoginSession, Registration, Visitor
from models.base import Base
from services.runtime.database import Database
from tests.conftest import PUBLIC_URL
from tests.integration.pages.readers import Reader, comment, typed

REGISTER = "/webinars/china/register"


@pytest.fixture
async def reader(application: Application) -> AsyncIterator[Reader]:
    transport = httpx2.ASGITransport(application.asgi)
    async with httpx2.AsyncClient(transport=transport, base_url=PUBLIC_URL) as opened:
        yield Reader(opened)


async def _rows(database: Database, table: type[Base]) -> int:
    async with database.snapshot() as db:
        return await db.scalar(select(func.count()).select_from(table)) or 0


async def test_a_double_tap_is_one_deed(reader: Reader, database: Database) -> None:
    for path, fields in ((REGISTER, typed()), ("/feedback/new", comment(anonymous="on"))):
        sent = await reader.form(path) | fields

        answers = await asyncio.gather(*(reader.send(path, sent) for _ in range(5)))

        assert {answer.status_code for answer in answers} == {303}
        assert len({answer.headers["location"] for answer in answers}) == 1
    assert await _rows(database, Registration) == 1
    assert await _rows(database, FeedbackItem) == 1


async def test_two_tabs_are_one_person(reader: Reader, database: Database) -> None:
    first = await reader.form(REGISTER) | typed()
    second = await reader.form("/feedback/new") | comment()

    answers = await asyncio.gather(
        reader.send(REGISTER, first), reader.send("/feedback/new", second)
    )

    assert [answer.status_code for answer in answers] == [303, 303]
    assert await _rows(database, Visitor) == 1
    assert await _rows(database, LoginSession) == 1
