"""The service's clients for the accounts that the simulator knows."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from services.runtime.database import Database
from services.runtime.sealing import Sealer
from services.wechat import mini_program, official_account
from services.wechat.client import AccountKeys, Surroundings
from services.wechat.mini_program import MiniProgramClient
from services.wechat.official_account import OfficialAccountClient
from tests.support.simulator import MP_APPID, MP_SECRET, OA_APPID, OA_SECRET

OA_KEYS = AccountKeys(OA_APPID, OA_SECRET)
MP_KEYS = AccountKeys(MP_APPID, MP_SECRET)
SEALER = Sealer("a-key-that-protects-nothing-but-tests")


class Seconds:
    """A count of seconds that tests move on."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def around(api_url: str, database: Database, **more: Any) -> Surroundings:
    """What a client needs of its process."""
    return Surroundings(api_url=api_url, database=database, **({"sealer": SEALER} | more))


@asynccontextmanager
async def official(
    api_url: str, database: Database, *, keys: AccountKeys = OA_KEYS, **more: Any
) -> AsyncIterator[OfficialAccountClient]:
    """The official account's client, as a process would have it."""
    client = official_account.connect(keys, around(api_url, database, **more))
    try:
        yield client
    finally:
        await client.aclose()


@asynccontextmanager
async def mini(
    api_url: str, database: Database, *, keys: AccountKeys = MP_KEYS, **more: Any
) -> AsyncIterator[MiniProgramClient]:
    """The mini-program's client, as a process would have it."""
    client = mini_program.connect(keys, around(api_url, database, **more))
    try:
        yield client
    finally:
        await client.aclose()
