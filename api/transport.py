"""One write for each answer: uvicorn writes head and body apart, and each write is a system call.

The second one costs as much as all our own work on a prepared answer. Nothing is parsed here and
nothing is changed: bytes that are written within one turn of the event loop leave together.
An answer that is finished before anybody asks for it leaves at once, past uvicorn's own writer.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.types import Send
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

_AnySend = Callable[..., Awaitable[None]]
"""`send` as the framework or as the server types it."""

LARGEST_HELD = 64 * 1024
"""Bytes held back at most: whoever writes more without a pause is slowed by the socket as ever."""


class Gathering(asyncio.Transport):
    """A transport that holds what is written until the event loop's next turn."""

    def __init__(
        self, transport: asyncio.Transport, call_soon: Callable[[Callable[[], None]], object]
    ) -> None:
        """Wrap a transport."""
        super().__init__()
        self._transport = transport
        self._call_soon = call_soon
        self._held: list[bytes] = []
        self._size = 0

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Hold bytes back, or write all at once where they are many."""
        if not self._held:
            self._call_soon(self._flush)
        self._held.append(bytes(data))
        self._size += len(data)
        if self._size > LARGEST_HELD:
            self._flush()

    def write_now(self, data: bytes) -> None:
        """Write what is held, and these bytes."""
        if self._held:
            self._flush()
        self._transport.write(data)

    def close(self) -> None:
        """Close after everything has been written."""
        self._flush()
        self._transport.close()

    def get_extra_info(self, name: str, default: Any = None) -> Any:  # noqa: ANN401 - asyncio's own
        """Give what the transport knows of its connection."""
        return self._transport.get_extra_info(name, default)

    def is_closing(self) -> bool:
        """Tell whether the connection is closing."""
        return self._transport.is_closing()

    def pause_reading(self) -> None:
        """Read no more for now."""
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Read on."""
        self._transport.resume_reading()

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """Hand the connection to another protocol."""
        self._flush()
        self._transport.set_protocol(protocol)

    def abort(self) -> None:
        """Drop the connection and what was not yet written."""
        self._held.clear()
        self._transport.abort()

    def _flush(self) -> None:
        held, self._held, self._size = self._held, [], 0
        if held and not self._transport.is_closing():
            self._transport.write(b"".join(held))


class GatheringProtocol(HttpToolsProtocol):
    """uvicorn's protocol over a gathering transport."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn
        """Begin a connection."""
        super().connection_made(Gathering(transport, self.loop.call_soon))


def at_once(application: object, scope: Mapping[str, Any], send: _AnySend) -> bool:
    """Ask an application to answer without a task of its own; False where it did not.

    Whoever can has `at_once(scope, send)`, or passes it on as it passes on requests.
    """
    asked: Callable[[Mapping[str, Any], _AnySend], bool] | None
    asked = getattr(application, "at_once", None)
    return asked is not None and asked(scope, send)


def head(status: int, headers: list[tuple[bytes, bytes]]) -> bytes | None:
    """Give the head of an answer as it is written, without its empty line.

    None where uvicorn has to say more: how long the body is, or that the connection ends.
    """
    names = {name for name, _ in headers}
    if b"content-length" not in names or not names.isdisjoint(_ABOUT_THE_CONNECTION):
        return None
    return STATUS_LINE[status] + _lines(headers)


def write_finished(send: Send, *, head: bytes, number: bytes, body: bytes) -> bool:
    """Write a whole answer behind `send`; False, and nothing is written, where uvicorn has to.

    uvicorn searches each header of each answer for bytes that may not be there. These have been
    through that once, and the request's number is ours, so what is left is what uvicorn's cycle
    remembers of an answer that has gone out. `number` is the line with it; the request is no HEAD.
    """
    cycle = getattr(send, "__self__", None)
    if type(cycle) is not RequestResponseCycle or type(cycle.transport) is not Gathering:
        return False
    if not cycle.keep_alive or cycle.flow.write_paused or cycle.access_log:
        return False
    if cycle.disconnected or cycle.transport.is_closing():
        return False
    cycle.response_started = cycle.response_complete = True
    cycle.waiting_for_100_continue = False
    cycle.transport.write_now(b"".join((head, _lines(cycle.default_headers), number, body)))
    cycle.message_event.set()
    cycle.on_response()
    return True


def _lines(headers: list[tuple[bytes, bytes]]) -> bytes:
    return b"".join([b"%s: %s\r\n" % header for header in headers])


_ABOUT_THE_CONNECTION = frozenset({b"connection", b"transfer-encoding"})
