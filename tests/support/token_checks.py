"""What the tests of tokens look at: fetches, the row, and who holds the lease."""

import asyncio
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from models import AccessToken
from models.vocabulary import TokenKind
from services.runtime.database import Database
from services.wechat import refusals
from services.wechat.official_account import OfficialAccountClient
from tests.support.clocks import SetClock
from tests.support.processes import ROOT
from tests.support.simulator import OA_APPID, OA_SECRET, Json, Simulator

FETCH = "/cgi-bin/stable_token"
ADDRESSES = "/cgi-bin/getcallbackip"
LIFETIME = timedelta(seconds=7200)


async def ask(client: OfficialAccountClient, *, times: int = 1) -> None:
    await asyncio.gather(*(client.callback_addresses() for _ in range(times)))


async def outcome_of(client: OfficialAccountClient) -> object:
    try:
        return await client.callback_addresses()
    except refusals.WeChatError as error:
        return error


def fetches(simulator: Simulator) -> list[Json]:
    """Give what was sent with each fetch of a token."""
    return [{"force_refresh": False} | (call["body"] or {}) for call in simulator.calls(FETCH)]


def let_pass(simulator: Simulator, machine: SetClock, span: timedelta) -> None:
    machine.now += span
    simulator.advance(span.total_seconds())


async def row_of(database: Database) -> AccessToken:
    async with database.snapshot() as db:
        found = await db.scalars(select(AccessToken))
        return found.one()


async def leave_a_lease(database: Database, *, until: datetime) -> None:
    async with database.transaction() as db:
        found = await db.scalar(select(AccessToken))
        if found is None:
            db.add(AccessToken(appid=OA_APPID, kind=TokenKind.ACCESS_TOKEN))
        await db.flush()
        await db.execute(update(AccessToken).values(lease_holder="another", lease_until=until))


async def until_leased(database: Database) -> None:
    for _ in range(500):
        async with database.snapshot() as db:
            if await db.scalar(select(AccessToken.lease_holder)) is not None:
                return
        await asyncio.sleep(0.01)
    pytest.fail("nobody took the lease")


def start_asker(api_url: str, database_url: str) -> subprocess.Popen[str]:
    script = Path(__file__).with_name("token_asker.py")
    return subprocess.Popen(
        [sys.executable, str(script), api_url, database_url, OA_APPID, OA_SECRET],
        cwd=ROOT,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
