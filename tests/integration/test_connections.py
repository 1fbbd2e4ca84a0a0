"""Connections that keep us waiting are closed, and no head is too large to be refused."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from typing import Any, Self

import pytest
import uvicorn
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from api.connections import LARGEST_HEAD, PATIENCE_SECONDS, SLOWEST_BODY, GuardedProtocol


class SetLoop:
    """The running loop, with a clock that the test moves."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._now = 1000.0
        self._due: dict[asyncio.TimerHandle, Callable[[], None]] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loop, name)

    def time(self) -> float:
        return self._now

    def call_later(self, seconds: float, callback: Callable[[], None]) -> asyncio.TimerHandle:
        handle = asyncio.TimerHandle(self._now + seconds, callback, [], self._loop)
        self._due[handle] = callback
        return handle

    async def pass_(self, seconds: float) -> None:
        """Let time pass, and what became due happen."""
        self._now += seconds
        for handle in [handle for handle in self._due if handle.when() <= self._now]:
            callback = self._due.pop(handle)
            if not handle.cancelled():
                callback()
        for _ in range(10):
            await asyncio.sleep(0)


class Connection:
    """One connection to a small application, which says how many bytes it was sent."""

    def __init__(self) -> None:
        self.time = SetLoop()
        self.hung_up = False
        ours, self._theirs = socket.socketpair()
        self._theirs.settimeout(0)
        config = uvicorn.Config(
            self._application,
            interface="asgi3",
            proxy_headers=False,
            log_config=None,
            ws="none",
            access_log=False,
        )
        self._protocol = GuardedProtocol(config, ServerState(), {}, _loop=self.time)  # type: ignore[arg-type]
        self._opening = asyncio.get_running_loop().create_connection(
            lambda: self._protocol, sock=ours
        )

    async def __aenter__(self) -> Self:
        await self._opening
        return self

    async def __aexit__(self, *_: object) -> None:
        self._protocol.transport.abort()
        await self.time.pass_(0)
        self._theirs.close()

    async def send(self, data: bytes) -> None:
        await asyncio.get_running_loop().sock_sendall(self._theirs, data)
        await self.time.pass_(0)

    def received(self) -> bytes | None:
        """Give what came back so far, None while the connection is open and silent."""
        try:
            return self._theirs.recv(65536)
        except BlockingIOError:
            return None

    async def _application(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            body = await Request(scope, receive).body()
        except ClientDisconnect:
            self.hung_up = True
            return
        await PlainTextResponse(str(len(body)))(scope, receive, send)


@pytest.fixture
async def connection() -> AsyncIterator[Connection]:
    async with Connection() as opened:
        yield opened


async def test_who_says_nothing_is_told_nothing(connection: Connection) -> None:
    await connection.time.pass_(PATIENCE_SECONDS - 1)
    assert connection.received() is None

    await connection.time.pass_(1)

    assert connection.received() == b""


async def test_a_head_has_its_time_and_no_more(connection: Connection) -> None:
    await connection.send(b"GET / HTTP/1.1\r\n")
    await connection.time.pass_(PATIENCE_SECONDS - 1)
    await connection.send(b"host: a\r\n")
    assert connection.received() is None

    await connection.time.pass_(1)

    assert (connection.received() or b"").startswith(b"HTTP/1.1 408 ")


async def test_the_next_request_has_a_time_of_its_own(connection: Connection) -> None:
    await connection.send(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
    assert (connection.received() or b"").endswith(b"\r\n\r\n0")
    await connection.time.pass_(4)
    await connection.send(b"GET / HTTP/1.1\r\n")

    await connection.time.pass_(PATIENCE_SECONDS - 1)
    assert connection.received() is None
    await connection.time.pass_(1)

    assert (connection.received() or b"").startswith(b"HTTP/1.1 408 ")


async def test_a_body_that_trickles_is_given_up(connection: Connection) -> None:
    await connection.send(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 100000\r\n\r\n")
    for _ in range(int(PATIENCE_SECONDS)):
        assert connection.received() is None
        await connection.send(b"x")
        await connection.time.pass_(1)

    assert connection.received() == b""
    assert connection.hung_up


async def test_a_slow_phone_is_waited_for(connection: Connection) -> None:
    seconds = 5 * int(PATIENCE_SECONDS)
    length = seconds * SLOWEST_BODY
    await connection.send(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: %d\r\n\r\n" % length)
    for _ in range(seconds):
        assert connection.received() is None
        await connection.send(b"x" * SLOWEST_BODY)
        await connection.time.pass_(1)

    assert (connection.received() or b"").endswith(b"\r\n\r\n%d" % length)


async def test_an_endless_head_is_refused_before_its_end(connection: Connection) -> None:
    await connection.send(b"GET / HTTP/1.1\r\nx: ")
    await connection.send(b"x" * LARGEST_HEAD)

    assert (connection.received() or b"").startswith(b"HTTP/1.1 431 ")


async def test_a_large_head_in_one_piece_is_refused(connection: Connection) -> None:
    await connection.send(b"GET / HTTP/1.1\r\nx: " + b"x" * LARGEST_HEAD + b"\r\n\r\n")

    assert (connection.received() or b"").startswith(b"HTTP/1.1 431 ")


async def test_a_body_that_comes_with_its_head_does_not_count_as_head(
    connection: Connection,
) -> None:
    body = b"x" * (2 * LARGEST_HEAD)
    await connection.send(
        b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: %d\r\n\r\n" % len(body) + body
    )

    assert (connection.received() or b"").endswith(b"\r\n\r\n%d" % len(body))


async def test_what_is_not_http_is_refused(connection: Connection) -> None:
    await connection.send(b"\x16\x03\x01\r\n\r\n")

    assert (connection.received() or b"").startswith(b"HTTP/1.1 400 ")
