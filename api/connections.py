"""Connections: how large a request's head may be, how long it may take, how slowly a body may come.

uvicorn waits for ever for the rest of a request, and its parser takes heads without end. Nothing is
parsed here: bytes are counted, and a timer runs only while something is missing. A request that
arrives in one piece, as nearly all do, pays for a few comparisons.
"""

import asyncio
from http import HTTPStatus

from api.transport import GatheringProtocol

LARGEST_HEAD = 16 * 1024
"""Bytes of the request line and all headers."""

PATIENCE_SECONDS = 8.0
"""How long a head may take, and how long a body may be slow. A head is one packet on any phone."""

SLOWEST_BODY = 1024
"""Bytes in a second, on average over that time; a 2G phone sends six times as many."""

LEAVING = "leaving"
"""Where an answer without end keeps, in its scope's state, the event that tells it to end."""


class GuardedProtocol(GatheringProtocol):
    """Closes connections that keep us waiting (408), and refuses heads that are too large (431)."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin a connection, which has to send a request soon."""
        super().connection_made(transport)
        self._timer: asyncio.TimerHandle | None = None
        self._in_head = True
        self._head_size = 0
        """Bytes received since the head began, with what came along of the body."""

        self._received = 0
        """Bytes received since the body began, or was last found fast enough."""

        self._waiting_since: float | None = self.loop.time()
        """When head or body began, by the loop's clock; None while nothing is missing."""

        self._set_timer(PATIENCE_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        """End a connection."""
        if self._timer is not None:
            self._timer.cancel()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """End what would not end by itself, and everything else when it is done."""
        # Before its first request a connection has no cycle, whatever its type says.
        scope = getattr(self.cycle, "scope", {})
        leaving = scope.get("state", {}).get(LEAVING)
        if leaving is not None:
            leaving.set()
        super().shutdown()

    def data_received(self, data: bytes) -> None:
        """Take bytes; where more must follow, see to it that they do."""
        self._received += len(data)
        if self._in_head:
            self._head_size += len(data)
        super().data_received(data)
        if self._waiting_since is None or self.transport.is_closing():
            return
        if self._in_head and self._head_size > LARGEST_HEAD:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        elif self._timer is None:
            self._set_timer(PATIENCE_SECONDS)

    def on_message_begin(self) -> None:
        """Wait for the rest of the head."""
        self._waiting_since = self.loop.time()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Wait for the body, if the head was not too large."""
        if self._head_size > LARGEST_HEAD and self._exact_head_size() > LARGEST_HEAD:
            message = "The head is too large."
            raise ValueError(message)
        self._in_head, self._head_size, self._received = False, 0, 0
        self._waiting_since = self.loop.time()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Wait for nothing: what comes next is another head."""
        self._in_head, self._waiting_since = True, None
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Say what is wrong with a request that the parser gave up."""
        if self._head_size > LARGEST_HEAD:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        else:
            super().send_400_response(msg)

    def _exact_head_size(self) -> int:
        return len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)

    def _set_timer(self, seconds: float) -> None:
        self._timer = self.loop.call_later(seconds, self._look)

    def _look(self) -> None:
        """Ask whether what was missing has come meanwhile."""
        self._timer = None
        if self._waiting_since is None or self.transport.is_closing():
            return
        left = self._waiting_since + PATIENCE_SECONDS - self.loop.time()
        if left > 0:
            self._set_timer(left)
        elif not self._in_head and self._moves():
            self._received = 0
            self._set_timer(PATIENCE_SECONDS)
        elif self._in_head and self._head_size:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT)
        else:
            # It has said nothing, or its request is being handled, which learns of this by itself.
            self.transport.close()

    def _moves(self) -> bool:
        """Tell whether the body comes fast enough, or waits for us."""
        return self.flow.read_paused or self._received >= SLOWEST_BODY * PATIENCE_SECONDS

    def _refuse(self, status: HTTPStatus) -> None:
        self.transport.write(
            b"HTTP/1.1 %d %s\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            % (status, status.phrase.encode())
        )
        self.transport.close()
