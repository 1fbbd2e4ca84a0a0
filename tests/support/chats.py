"""A visitor's side of the callback: pushes in, replies out."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx2

from api.official_account.callback import Callback
from api.reply_links import InReplies
from api.urls import Urls
from models.vocabulary import Account
from services.conversations.chat_feedback import ReplyLinks
from services.conversations.derivation import Derivation
from services.conversations.reception import Reception
from services.runtime.blind_index import BlindIndex
from services.runtime.clock import Clock
from services.runtime.database import Database
from services.wechat.envelope import Envelope, Mode, Pair
from tests.support import pushes

BASE = "http://127.0.0.1:8000"
SECRET_KEY = "a-key-that-protects-nothing-but-tests"
MACHINE_TIME = float(pushes.AT)
PATIENCE_SECONDS = 60.0
"""WeChat's own deadline is a matter of the tests that are about it: this machine may be busy."""


link = InReplies(Urls(BASE), BlindIndex(SECRET_KEY))
"""Gives the addresses that texts name."""


@dataclass
class Chat:
    """Talks to one account's callback as WeChat does."""

    client: httpx2.AsyncClient
    callback: Callback
    reception: Reception
    derivation: Derivation
    machine_time: list[float] = field(default_factory=lambda: [MACHINE_TIME])

    async def post(self, query: str, body: bytes) -> httpx2.Response:
        """Deliver a push as it is."""
        return await self.client.post(f"/?{query}", content=body)

    async def push(self, xml: str) -> httpx2.Response:
        """Deliver a push, signed and encrypted now."""
        query, body = pushes.post(xml, at=self.machine_time[0])
        return await self.post(query, body)

    async def say(
        self, text: str, *, openid: str = pushes.OPENID, message_id: int = 1
    ) -> str | None:
        """Write something; give the reply's text, None for `success`."""
        return reply(await self.push(pushes.text_xml(text, openid=openid, message_id=message_id)))

    async def derive(self) -> None:
        """Derive all that waits."""
        while await self.derivation.once():
            pass


def reply(answer: httpx2.Response) -> str | None:
    """Give what a visitor sees of an answer."""
    assert answer.status_code == 200, answer.text
    if answer.content == b"success":
        return None
    found = re.search(r"<Content><!\[CDATA\[(.*?)\]\]>", pushes.unsealed(answer.content), re.DOTALL)
    return found[1] if found else pushes.unsealed(answer.content)


@asynccontextmanager
async def chatting(
    database: Database,
    clock: Clock,
    *,
    account: Account = Account.OFFICIAL_ACCOUNT,
    mode: Mode = "safe",
    deadline: float = PATIENCE_SECONDS,
    link: ReplyLinks = link,
) -> AsyncIterator[Chat]:
    """Run a callback with its reception; derivation only when a test asks for it."""
    derivation = Derivation(database, clock=clock, link=link)
    reception = Reception(database, clock=clock, link=link, arrived=derivation.wake)
    machine_time = [MACHINE_TIME]
    keys = Pair(pushes.SECRETS.token, pushes.SECRETS.key)
    callback = Callback(
        account,
        envelope=Envelope(pushes.APPID, [keys], mode),
        reception=reception,
        machine_time=lambda: machine_time[0],
        deadline_seconds=deadline,
    )
    stop = asyncio.Event()
    transport = httpx2.ASGITransport(callback)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(reception.run(stop))
        async with httpx2.AsyncClient(transport=transport, base_url=BASE) as client:
            yield Chat(client, callback, reception, derivation, machine_time)
        stop.set()


def instant(text: str) -> datetime:
    """Read an instant of Beijing's clock."""
    return datetime.fromisoformat(f"{text}+08:00").astimezone(UTC)
