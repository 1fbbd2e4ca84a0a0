"""Pages of the desk that keep themselves fresh: a stream that says that something changed.

It carries no content, which the page then asks for as it would anyway; so what somebody may see is
decided in one place, and a stream that outlives a session for some seconds gives nothing away.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import UUID

from starlette.responses import StreamingResponse
from starlette.types import Scope

from api.connections import LEAVING
from services.inbox.watching import Listener, Watch

HEARTBEAT_SECONDS = 15.0
"""Between two signs of life: proxies cut what is silent for long, and so ends a session."""

CHANGED = b"event: changed\ndata:\n\n"
OVER = b"event: over\ndata:\n\n"
ALIVE = b": alive\n\n"


def stream(
    watch: Watch,
    *,
    scope: Scope,
    about: UUID | None,
    lasts: Callable[[], Awaitable[bool]],
    heartbeat: float = HEARTBEAT_SECONDS,
) -> StreamingResponse:
    """Tell a page what changed: about one conversation or all, as long as its session `lasts`."""
    leaving = scope.setdefault("state", {}).setdefault(LEAVING, asyncio.Event())
    return StreamingResponse(
        _events(watch, about=about, lasts=lasts, leaving=leaving, heartbeat=heartbeat),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _events(
    watch: Watch,
    *,
    about: UUID | None,
    lasts: Callable[[], Awaitable[bool]],
    leaving: asyncio.Event,
    heartbeat: float,
) -> AsyncIterator[bytes]:
    with watch.listening() as listener:
        # What changed between the page and its stream.
        yield CHANGED
        send_away = asyncio.ensure_future(_when(leaving, listener.end))
        try:
            async for event in _heard(listener, about=about, lasts=lasts, heartbeat=heartbeat):
                yield event
        finally:
            send_away.cancel()


async def _heard(
    listener: Listener,
    *,
    about: UUID | None,
    lasts: Callable[[], Awaitable[bool]],
    heartbeat: float,
) -> AsyncIterator[bytes]:
    now = asyncio.get_running_loop().time
    look_at = now() + heartbeat
    while True:
        changed = await listener.heard(within=max(0.0, look_at - now()))
        if listener.over:
            return
        # Once a heartbeat, however steady the news.
        due = now() >= look_at
        if due and not await lasts():
            yield OVER
            return
        if due:
            look_at = now() + heartbeat
        if changed and (about is None or about in changed):
            yield CHANGED
        elif due:
            yield ALIVE


async def _when(event: asyncio.Event, then: Callable[[], None]) -> None:
    await event.wait()
    then()
