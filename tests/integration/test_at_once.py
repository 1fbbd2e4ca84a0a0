"""The server's connection gives what is prepared before it begins a task, and in the same bytes."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn
from starlette.types import ASGIApp
from uvicorn.server import ServerState

from api.app import Application
from api.connections import GuardedProtocol
from tests.support import agents

ADDRESSES = ["/", "/?lang=en", "/r/survey", "/r/mini-program", "/v1/documents", "/qr/article.svg"]
SLOW = "/documents/nope"
"""Nothing is prepared for what there is not."""

CHANGING = re.compile(rb"x-request-id: [^\r]+\r\n")


class Line:
    """One connection to an application, as the server keeps it."""

    def __init__(self, protocol: GuardedProtocol, theirs: socket.socket) -> None:
        self.protocol = protocol
        self._theirs = theirs

    def at_once(self, *requests: bytes) -> bytes:
        """Send requests in one piece; give what is answered before anything else has its turn."""
        self.protocol.data_received(b"".join(requests))
        return self._received()

    def _received(self) -> bytes:
        try:
            return CHANGING.sub(b"", self._theirs.recv(2**20))
        except BlockingIOError:
            return b""

    async def answer(self, *requests: bytes) -> bytes:
        """Send requests in one piece; give all that is answered."""
        answered = self.at_once(*requests)
        loop = asyncio.get_running_loop()
        while self.protocol.tasks:
            await asyncio.wait(self.protocol.tasks)
        await loop.run_in_executor(None, lambda: None)
        return answered + self._received()


@asynccontextmanager
async def line(application: ASGIApp) -> AsyncIterator[Line]:
    """Open a connection to an application."""
    ours, theirs = socket.socketpair()
    theirs.settimeout(0)
    config = uvicorn.Config(
        application, interface="asgi3", proxy_headers=False, log_config=None, access_log=False
    )
    protocol = GuardedProtocol(config, ServerState(), {})
    await asyncio.get_running_loop().create_connection(lambda: protocol, sock=ours)
    yield Line(protocol, theirs)
    protocol.transport.abort()
    theirs.close()


@pytest.fixture
async def front(application: Application) -> AsyncIterator[Line]:
    """A connection that the edge answers."""
    async with line(application.asgi) as opened:
        yield opened


@pytest.fixture
async def behind(application: Application) -> AsyncIterator[Line]:
    """A connection that the routes answer."""
    async with line(application.behind_edge) as opened:
        yield opened


@pytest.mark.parametrize("address", ADDRESSES)
async def test_what_is_prepared_is_given_before_anything_else_has_its_turn(
    front: Line, behind: Line, address: str
) -> None:
    expected = await behind.answer(_request(address))
    first = await front.answer(_request(address))

    assert first == expected
    assert front.at_once(_request(address)) == expected


@pytest.mark.parametrize(
    "unusual",
    [
        {"headers": 'If-None-Match: "another"\r\n'},
        {"headers": "Connection: close\r\n"},
        {"headers": "Content-Length: 2\r\n\r\nab"},
        {"version": "1.0"},
    ],
)
async def test_what_is_unusual_goes_by_the_server(
    front: Line, behind: Line, unusual: dict[str, str]
) -> None:
    await front.answer(_request("/v1/documents"))

    answered = await front.answer(_request("/v1/documents", **unusual))

    assert answered == await behind.answer(_request("/v1/documents", **unusual))


async def test_a_head_is_asked_for_alone(front: Line) -> None:
    full = await front.answer(_request("/v1/documents"))

    head = await front.answer(_request("/v1/documents", method="HEAD"))

    assert head == full[: full.index(b"\r\n\r\n") + 4]


async def test_answers_come_in_the_order_of_the_requests(front: Line) -> None:
    prepared, slow = _request("/v1/documents"), _request(SLOW)
    one, other = await front.answer(prepared), await front.answer(slow)

    assert await front.answer(prepared, slow, prepared, prepared) == one + other + one + one
    assert await front.answer(slow, prepared, slow) == other + one + other


async def test_a_line_that_was_answered_at_once_waits_for_nothing(front: Line) -> None:
    await front.answer(_request("/v1/documents"))

    assert front.at_once(_request("/v1/documents"))

    assert not front.protocol.tasks
    assert front.protocol.timeout_keep_alive_task is not None


async def test_a_body_that_is_still_to_come_is_waited_for(front: Line) -> None:
    whole = _request("/v1/documents", headers="Content-Length: 2\r\n\r\nab")
    expected = await front.answer(whole)

    assert front.at_once(whole[:-1]) == b""
    assert await front.answer(whole[-1:]) == expected


def _request(
    address: str, *, method: str = "GET", headers: str = "", version: str = "1.1"
) -> bytes:
    lines = f"{method} {address} HTTP/{version}\r\nHost: asi.example.cn\r\n{headers}"
    if not headers.endswith("ab"):
        lines += f"User-Agent: {agents.IOS_WECHAT}\r\n\r\n"
    return lines.encode()
