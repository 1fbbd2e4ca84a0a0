"""Readers, each with a browser of their own, before one process: making one takes longest."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import datetime

import httpx2
import pytest

from api.app import Application, create_app
from services.runtime import settings as runtime_settings
from services.runtime.clock import utc_now
from services.runtime.database import Database
from tests.conftest import INSIDE_THE_ROUND, PUBLIC_URL, SECRET_KEY
from tests.integration.pages.readers import Reader
from tests.support.clocks import SetClock
from tests.support.templates import Template


@pytest.fixture(scope="package")
async def house(
    sqlite_template: Template, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Application]:
    """The web process; what depends on the database is tested with both, in test_once."""
    folder = tmp_path_factory.mktemp("pages")
    machine = SetClock(utc_now())

    def machine_time() -> float:
        return machine.now.timestamp()

    with sqlite_template.copy(folder) as url:
        settings = runtime_settings.load(
            database_url=url, data_dir=folder, public_url=PUBLIC_URL, secret_key=SECRET_KEY
        )
        clock = SetClock(INSIDE_THE_ROUND)
        made = create_app(settings, clock=clock, machine_time=machine_time)
        made.api.state.machine = machine
        async with made.api.router.lifespan_context(made.api):
            yield made


@pytest.fixture
def clock(house: Application) -> SetClock:
    clock = house.parts.clock
    assert isinstance(clock, SetClock)
    clock.now = INSIDE_THE_ROUND
    return clock


@pytest.fixture
def machine(house: Application) -> SetClock:
    """The machine's time, by which cookies age."""
    machine: SetClock = house.api.state.machine
    machine.now = _later(machine.now)
    return machine


@pytest.fixture
def stored(house: Application) -> Database:
    return house.parts.database


@pytest.fixture
async def another(house: Application, clock: SetClock) -> AsyncIterator[Callable[[], Reader]]:
    """Gives somebody with a fresh browser."""
    del clock
    async with AsyncExitStack() as stack:

        def come() -> Reader:
            transport = httpx2.ASGITransport(house.asgi)
            opened = httpx2.AsyncClient(transport=transport, base_url=PUBLIC_URL)
            stack.push_async_callback(opened.aclose)
            return Reader(opened)

        yield come


@pytest.fixture
def reader(another: Callable[[], Reader]) -> Reader:
    return another()


def _later(instant: datetime) -> datetime:
    return max(instant, utc_now())
