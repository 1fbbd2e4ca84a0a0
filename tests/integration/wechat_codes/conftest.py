"""The house, with a simulated WeChat for all tests of this folder."""

from collections.abc import AsyncIterator, Iterator

import pytest
import stamina

from services.conversations.work import Doors
from services.runtime.database import Database
from tests.integration.wechat_codes.house import House
from tests.support import simulator as simulated
from tests.support import wechat_accounts
from tests.support.clocks import SetClock
from tests.support.simulator import Simulator


@pytest.fixture(scope="module")
def running() -> Iterator[Simulator]:
    with simulated.in_thread() as started:
        yield started


@pytest.fixture
async def house(database: Database, clock: SetClock, running: Simulator) -> AsyncIterator[House]:
    running.reset()
    running.clock(clock.now)
    async with (
        wechat_accounts.mini(running.url, database) as mini_program,
        wechat_accounts.official(running.url, database) as official_account,
    ):
        doors = Doors(official_account=official_account, mini_program=mini_program)
        with stamina.set_testing(True, attempts=1):
            yield House(database, clock, doors, running)
