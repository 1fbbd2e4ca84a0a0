"""Our own callback, behind which nothing is stored: what durability costs is the difference.

Everything else is as in `asi serve`: the protocol, the door, the rules the answer is chosen by.
"""

import asyncio
import gc
from datetime import datetime

import uvicorn
from starlette.types import Receive, Scope, Send

from api.cli.serve import prepare_data_dir, prepare_database
from api.connections import GuardedProtocol
from api.official_account.callback import InFront
from api.official_account.callbacks import callbacks
from api.reply_links import InReplies
from api.urls import Urls
from bench.peers import errand
from services.conversations import rulebooks
from services.conversations.arrivals import Arrival, Stored
from services.conversations.auto_replies import Rulebook, Talk
from services.conversations.chat_feedback import ReplyLinks
from services.conversations.reception import Reception
from services.runtime import settings
from services.runtime.blind_index import BlindIndex
from services.runtime.clock import Clock, installation_clock
from services.runtime.database import Database
from services.runtime.settings import Settings

STRANGER = Talk()


class Forgetful(Reception):
    """Chooses the answer as reception does and stores nothing."""

    def __init__(
        self, database: Database, *, clock: Clock, book: Rulebook, link: ReplyLinks
    ) -> None:
        """Take the rules; the database is never used."""
        super().__init__(database, clock=clock, link=link, arrived=lambda: None)
        self._now = clock
        self._book = book

    async def take(self, arrival: Arrival, *, deadline: float) -> Stored:
        """Answer at once."""
        del deadline
        now: datetime = self._now()
        push = arrival.push
        reply = self._book.answer(push, STRANGER, now).reply if push else None
        return Stored(reply=reply, received_at=now)


def main() -> None:
    """Serve until ended."""
    chosen = settings.load()
    prepare_data_dir(chosen)
    prepare_database(chosen)
    pushed = callbacks(chosen, reception=asyncio.run(_forgetful(chosen)))
    config = uvicorn.Config(
        InFront(_nothing, pushed),
        port=errand.port(),
        loop="uvloop",
        http=GuardedProtocol,
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
    )
    gc.collect()
    gc.freeze()
    uvicorn.Server(config).run()


async def _forgetful(chosen: Settings) -> Forgetful:
    database = Database(chosen.database)
    clock = installation_clock(chosen)
    secret = BlindIndex(chosen.secret_key.get_secret_value())
    link = InReplies(Urls(chosen.public_url), secret)
    async with database.snapshot() as db:
        book = await rulebooks.load(db, now=clock(), link=link)
    await database.close()
    return Forgetful(database, clock=clock, book=book, link=link)


async def _nothing(scope: Scope, receive: Receive, send: Send) -> None:
    """Stand where the rest of the application is; nobody asks for it."""


if __name__ == "__main__":
    main()
