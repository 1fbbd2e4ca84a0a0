"""A simulator of its own process, and a client on a machine whose clock stands."""

from collections.abc import AsyncIterator, Iterator

import pytest
import stamina

from services.runtime.clock import utc_now
from services.runtime.database import Database
from services.wechat.client import ATTEMPTS
from services.wechat.official_account import OfficialAccountClient
from tests.support import wechat_accounts
from tests.support.clocks import SetClock
from tests.support.simulator import Simulator, running


@pytest.fixture(autouse=True)
def _no_waits() -> Iterator[None]:
    with stamina.set_testing(True, attempts=ATTEMPTS, cap=True):
        yield


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    with running(tmp_path_factory.mktemp("simulator")) as found:
        yield found


@pytest.fixture
def simulator(platform: Simulator) -> Simulator:
    platform.reset()
    platform.no_faults()
    platform.clock(None)
    return platform


@pytest.fixture
def machine() -> SetClock:
    """The machine's clock, standing."""
    return SetClock(utc_now())


@pytest.fixture
async def official(
    simulator: Simulator, database: Database, machine: SetClock
) -> AsyncIterator[OfficialAccountClient]:
    async with wechat_accounts.official(simulator.url, database, clock=machine) as client:
        yield client
