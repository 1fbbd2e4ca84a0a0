"""Connections: how large a request's head may be, how long it may take, how slowly a body may come.

uvicorn waits for ever for the rest of a request, and its parser takes heads without end. Nothing is
parsed here: bytes are counted, and a timer runs only while something is missing. A request that
arrives in one piece, as nearly all do, pays for a few comparisons. What the parser has found is
read from uvicorn's own state: a callback in Python for each step costs a tenth of a redirect.
"""

import asyncio
from http import HTTPStatus

from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from api.transport import GatheringProtocol, at_once

LARGEST_HEAD = 16 * 1024
"""Bytes of the request line and all headers."""

PATIENCE_SECONDS = 8.0
"""How long a head may take, and how long a body may be slow. A head is one packet on any phone."""

SLOWEST_BODY = 1024
"""Bytes in a second, on average over that time; a 2G phone sends six times as many."""

END_OF_HEAD = b"\r\n\r\n"

LEAVING = "leaving"
"""Where an answer without end keeps, in its scope's state, the event that tells it to end."""


class GuardedProtocol(GatheringProtocol):
    """Closes connections that keep us waiting (408), and refuses heads that are too large (431)."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn
        """Begin a connection, which has to send a request soon."""
        super().connection_made(transport)
        self._timer: asyncio.TimerHandle | None = None
        self._head_size = 0
        """Bytes received since the head began, while it is incomplete."""

        self._head_end = b""
        """The last bytes of what is there of the head: its end may come in two pieces."""

        self._received = 0
        """Bytes received since the body began, or was last found fast enough."""

        self._reading = False
        """Whether bytes are being parsed."""

        self._begun: tuple[RequestResponseCycle, ASGI3Application] | None = None
        """The request that began with the bytes being parsed, and that none has to wait for."""

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
        in_body = self._head_is_complete() and self.cycle.more_body
        if in_body:
            self._received += len(data)
        else:
            self._head_size += len(data)
            if self._head_size > LARGEST_HEAD and not self._ends_in_time(data):
                self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
                return
        self._parse(data)
        if not self._head_is_complete():
            self._head_end = data[-len(END_OF_HEAD) :]
            if self._waiting_since is None:
                self._waiting_since = self.loop.time()
        else:
            self._head_size = 0
            if not self.cycle.more_body:
                self._waiting_since = None
                return
            if not in_body:
                self._waiting_since, self._received, self._head_end = self.loop.time(), 0, b""
        if self._timer is None and not self.transport.is_closing():
            self._set_timer(PATIENCE_SECONDS)

    def _parse(self, data: bytes) -> None:
        self._reading = True
        super().data_received(data)
        self._reading = False
        if self._begun is not None:
            self._answer(*self._begun)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        """Begin a request, or keep it until all that has come of it is known."""
        if self._reading:
            self._begun = cycle, app
        else:
            super()._start_asgi_task(cycle, app)

    def _answer(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        """Answer at once where the answer is there and nothing more comes; else begin a task."""
        self._begun = None
        whole = not cycle.more_body and cycle.scope["method"] == "GET"
        if not whole or not at_once(app, cycle.scope, cycle.send):
            super()._start_asgi_task(cycle, app)

    def _head_is_complete(self) -> bool:
        """Tell whether the request that began last has its cycle."""
        # uvicorn leaves it out until the first request, whatever its annotation says.
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is not None and cycle.scope is self.scope

    def _ends_in_time(self, data: bytes) -> bool:
        """Tell whether the head ends in these bytes, and was not too large by then."""
        before = self._head_size - len(data)
        end = (self._head_end + data).find(END_OF_HEAD) if before else data.find(END_OF_HEAD)
        return end >= 0 and before + end <= LARGEST_HEAD

    def _set_timer(self, seconds: float) -> None:
        self._timer = self.loop.call_later(seconds, self._look)

    def _look(self) -> None:
        """Ask whether what was missing has come meanwhile."""
        self._timer = None
        if self._waiting_since is None or self.transport.is_closing():
            return
        left = self._waiting_since + PATIENCE_SECONDS - self.loop.time()
        in_body = self._head_is_complete()
        if left > 0:
            self._set_timer(left)
        elif in_body and self._moves():
            self._received = 0
            self._set_timer(PATIENCE_SECONDS)
        elif not in_body and self._head_size:
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
