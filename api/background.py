"""The background of an installation: its doors to WeChat and its jobs, for server and worker."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from models.vocabulary import Account
from services import jobs, upkeep
from services.conversations import work
from services.conversations.work import Doors
from services.runtime.clock import Clock
from services.runtime.database import Database
from services.runtime.sealing import Sealer
from services.runtime.settings import Settings
from services.wechat.client import AccountKeys, Surroundings
from services.wechat.mini_program import MiniProgramClient
from services.wechat.official_account import OfficialAccountClient


def sealer(settings: Settings) -> Sealer:
    """Make what seals secrets for the database."""
    old = settings.secret_key_old.get_secret_value()
    return Sealer(settings.secret_key.get_secret_value(), old=[old] if old else [])


@asynccontextmanager
async def doors(settings: Settings, database: Database) -> AsyncIterator[Doors]:
    """Open a door for each account that is configured, and close them at the end."""
    around = Surroundings(
        api_url=settings.wechat_api_url, database=database, sealer=sealer(settings)
    )
    async with AsyncExitStack() as stack:
        official_account = mini_program = None
        if known := settings.account(Account.OFFICIAL_ACCOUNT):
            keys = AccountKeys(known.appid, known.secret)
            official_account = OfficialAccountClient(keys, around)
            stack.push_async_callback(official_account.aclose)
        if known := settings.account(Account.MINI_PROGRAM):
            keys = AccountKeys(known.appid, known.secret)
            mini_program = MiniProgramClient(keys, around)
            stack.push_async_callback(mini_program.aclose)
        yield Doors(official_account=official_account, mini_program=mini_program)


def runner(database: Database, *, doors: Doors, clock: Clock) -> jobs.Runner:
    """Make what runs the jobs of an installation."""
    kinds = [*work.kinds(doors), *upkeep.kinds()]
    registry = jobs.Registry(kinds, [*work.SCHEDULES, *upkeep.SCHEDULES])
    return jobs.runner(database, registry, clock=clock)
