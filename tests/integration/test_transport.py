"""The gathering transport: what is written in one turn leaves together, and nothing is lost."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest

from api.transport import LARGEST_HELD, Gathering


@pytest.fixture
async def connection() -> AsyncIterator[tuple[Gathering, socket.socket]]:
    """A gathering transport over a real socket, and the socket's other end."""
    ours, theirs = socket.socketpair()
    theirs.settimeout(5)
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_connection(asyncio.Protocol, sock=ours)
    gathering = Gathering(transport, loop.call_soon)
    yield gathering, theirs
    transport.abort()
    theirs.close()


Connection = tuple[Gathering, socket.socket]


async def _turn() -> None:
    for _ in range(3):
        await asyncio.sleep(0)


async def test_head_and_body_leave_in_one_piece(connection: Connection) -> None:
    gathering, other = connection

    gathering.write(b"head ")
    gathering.write(memoryview(b"body"))
    other.settimeout(0)
    with pytest.raises(BlockingIOError):
        other.recv(100)
    await _turn()

    assert other.recv(100) == b"head body"


async def test_much_is_not_held_back(connection: Connection) -> None:
    gathering, other = connection

    gathering.write(b"x" * (LARGEST_HELD + 1))

    assert other.recv(10) == b"x" * 10


async def test_closing_writes_what_is_held(connection: Connection) -> None:
    gathering, other = connection

    gathering.write(b"last words")
    gathering.close()
    await _turn()

    assert gathering.is_closing()
    assert other.recv(100) == b"last words"
    assert other.recv(100) == b""


async def test_aborting_drops_what_is_held(connection: Connection) -> None:
    gathering, other = connection

    gathering.write(b"never sent")
    gathering.abort()
    await _turn()

    assert other.recv(100) == b""


async def test_reading_goes_on_as_before(connection: Connection) -> None:
    gathering, other = connection
    gathering.pause_reading()
    gathering.resume_reading()

    class Echo(asyncio.Protocol):
        def data_received(self, data: bytes) -> None:
            gathering.write(data)

    gathering.set_protocol(Echo())
    other.sendall(b"hello")
    await asyncio.sleep(0)
    async with asyncio.timeout(5):
        answer = await asyncio.to_thread(other.recv, 100)

    assert answer == b"hello"
    assert gathering.get_extra_info("socket") is not None
