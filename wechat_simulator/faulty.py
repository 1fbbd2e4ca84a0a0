"""What a scripted fault makes of an answer."""

import asyncio
from asyncio import Transport
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from wechat_simulator.calls import Answer
from wechat_simulator.errors import Failure, refusal
from wechat_simulator.faults import CallFault

TRANSPORT = "simulator_transport"
"""Where the server leaves the connection in a request's scope."""
CHUNK = 65536
DRIPS = 50


def runs(fault: CallFault) -> bool:
    """Tell whether the call takes effect; one that is only late does."""
    return fault.effect or not _spoils(fault)


def name(fault: CallFault | None) -> str | None:
    """Give the fault's word for the record of calls."""
    if fault is None:
        return None
    words = ("errcode", "status", "timeout", "drip", "bad_json", "huge", "close")
    return next((word for word in words if getattr(fault, word)), "delay")


def errcode(fault: CallFault | None, result: Answer) -> int:
    """Give the code that the caller was told, or would have been."""
    if fault is not None and fault.errcode is not None:
        return fault.errcode
    return int(result.get("errcode", 0)) if isinstance(result, dict) else 0


def spoil(fault: CallFault, response: Response, *, rid: str) -> Response:
    """Give what the caller gets instead of the answer."""
    spoiled = _instead(fault, rid) if _spoils(fault) else response
    return Late(spoiled, fault.delay) if fault.delay else spoiled


class Late(Response):
    """An answer that takes its time."""

    def __init__(self, later: Response, seconds: float) -> None:
        super().__init__(status_code=later.status_code)
        self._later = later
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wait, then answer."""
        await asyncio.sleep(self._seconds)
        await self._later(scope, receive, send)


class Closed(Response):
    """No answer at all: the connection is cut, at once or after a while."""

    def __init__(self, seconds: float) -> None:
        super().__init__(status_code=499)
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wait, then cut; a caller who leaves first is let go.

        The request was read before, so all that is left to receive is its end.
        """
        del send
        with suppress(TimeoutError):
            async with asyncio.timeout(self._seconds):
                await receive()
        transport: Transport = scope[TRANSPORT]
        transport.abort()
        await receive()


def _spoils(fault: CallFault) -> bool:
    return bool(
        fault.errcode is not None
        or fault.status
        or fault.timeout is not None
        or fault.drip is not None
        or fault.bad_json
        or fault.huge
        or fault.close
    )


def _instead(fault: CallFault, rid: str) -> Response:  # one line per kind of fault
    if fault.close or fault.timeout is not None:
        return Closed(fault.timeout or 0.0)
    if fault.drip is not None:
        return StreamingResponse(_drops(fault.drip), media_type="application/json")
    if fault.huge:
        return StreamingResponse(_flood(fault.huge), media_type="application/json")
    if fault.status:
        return HTMLResponse(
            f"<html><body><h1>{fault.status}</h1></body></html>", status_code=fault.status
        )
    if fault.bad_json:
        return Response(b'{"errcode":0,"errmsg":', media_type="application/json")
    content: dict[str, Any] = refusal(Failure(fault.errcode or 0, fault.errmsg), rid)
    return JSONResponse(content)


async def _drops(seconds: float) -> AsyncIterator[bytes]:
    yield b"{"
    for _ in range(DRIPS):
        await asyncio.sleep(seconds / DRIPS)
        yield b" "


async def _flood(size: int) -> AsyncIterator[bytes]:
    yield b'{"errcode":0,"filler":"'
    for _ in range(size // CHUNK + 1):
        yield b"x" * CHUNK
    yield b'"}'
