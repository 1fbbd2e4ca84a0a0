"""A process that asks WeChat thirty things at once when it is told to, for the tests of tokens."""

import asyncio
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from services.runtime.database import Database
from services.runtime.sealing import Sealer
from services.wechat import official_account
from services.wechat.client import AccountKeys, Surroundings

TIMES = 30


async def ask(api_url: str, database_url: str, appid: str, secret: str) -> None:
    """Get ready, wait for a line, ask, and print how many answers came."""
    database = Database(database_url)
    around = Surroundings(api_url=api_url, database=database, sealer=Sealer(secret))
    client = official_account.connect(AccountKeys(appid, secret), around)
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    answers = await asyncio.gather(*(client.callback_addresses() for _ in range(TIMES)))
    print(len(answers), flush=True)
    await client.aclose()
    await database.close()


if __name__ == "__main__":
    asyncio.run(ask(*sys.argv[1:]))
