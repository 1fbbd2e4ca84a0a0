"""Clients of both accounts on a database of their own; waits between tries take no time."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import stamina

from services.runtime.database import Database
from services.wechat.client import ATTEMPTS
from services.wechat.mini_program import MiniProgramClient
from services.wechat.official_account import OfficialAccountClient
from tests.support import wechat_accounts
from tests.support.simulator import Simulator
from tests.support.templates import Template
from tests.support.wechat_accounts import Seconds


@pytest.fixture(autouse=True)
def _no_waits() -> Iterator[None]:
    with stamina.set_testing(True, attempts=ATTEMPTS, cap=True):
        yield


@pytest.fixture
async def own_database(sqlite_template: Template, tmp_path: Path) -> AsyncIterator[Database]:
    with sqlite_template.copy(tmp_path) as url:
        opened = Database(url)
        yield opened
        await opened.close()


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
async def official(
    simulator: Simulator, own_database: Database, seconds: Seconds
) -> AsyncIterator[OfficialAccountClient]:
    async with wechat_accounts.official(simulator.url, own_database, ticks=seconds) as client:
        yield client


@pytest.fixture
async def mini(
    simulator: Simulator, own_database: Database, seconds: Seconds
) -> AsyncIterator[MiniProgramClient]:
    async with wechat_accounts.mini(simulator.url, own_database, ticks=seconds) as client:
        yield client
