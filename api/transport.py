"""One write for each answer: uvicorn writes head and body apart, and each write is a system call.

The second one costs as much as all our own work on a prepared answer. Nothing is parsed here and
nothing is changed: bytes that are written within one turn of the event loop leave together.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

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

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin a connection."""
        super().connection_made(Gathering(transport, self.loop.call_soon))
