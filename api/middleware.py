"""Around every request: its number, its size, its line in the log, the headers that protect it."""

import time
from collections.abc import Callable, Mapping
from secrets import token_hex

import structlog
from fastapi import FastAPI
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import problems

LARGEST_BODY = 1024 * 1024
"""Bytes of a request's body, but for the few addresses that take files."""

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; img-src 'self' data:; style-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'self'"
)
"""Pages need no script. data: is for the icons inside WeUI's style sheet."""

PROTECTION = {"x-content-type-options": "nosniff"}
"""On every answer."""

PAGE_PROTECTION = {"content-security-policy": CONTENT_SECURITY_POLICY}
"""On HTML only, where browsers obey it: the server spends about 1 µs on each header it sends.

Headers that rule scripts, windows and devices have nothing to rule here: no page has a script.
"""

TRANSPORT = "max-age=31536000"
"""Seconds of HSTS, in production only: a laptop's localhost must stay reachable over http."""

log = structlog.get_logger(__name__)


class Requests:
    """Gives each request a number, refuses bodies that are too large, logs how it ended."""

    def __init__(
        self,
        inner: ASGIApp,
        *,
        application: FastAPI,
        production: bool,
        observe: Callable[[str, int, float], None],
        larger_bodies: Mapping[str, int],
    ) -> None:
        """Wrap an application; `observe` is told method, status and seconds of each request.

        `larger_bodies` has the paths that take more than others, and how many bytes.
        """
        self._larger_bodies = larger_bodies
        self._inner = inner
        self._application = application
        self._observe = observe
        self._headers = dict(PROTECTION)
        if production:
            self._headers["strict-transport-security"] = TRANSPORT

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        request_id = token_hex(8)
        scope.setdefault("state", {})["request_id"] = request_id
        status, started = 0, time.perf_counter()

        async def finish(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["x-request-id"] = request_id
                html = headers.get("content-type", "").startswith("text/html")
                for name, value in (self._headers | (PAGE_PROTECTION if html else {})).items():
                    headers.setdefault(name, value)
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self._limited(scope, receive, finish)
            finally:
                seconds = time.perf_counter() - started
                self._observe(scope["method"], status, seconds)
                log.info(
                    "request",
                    method=scope["method"],
                    path=scope["path"],
                    status=status,
                    milliseconds=round(seconds * 1000, 1),
                )

    async def _limited(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request({**scope, "app": self._application})
        # No text of ours holds a NUL, and PostgreSQL refuses even to compare with one.
        if "\x00" in scope["path"]:
            await problems.not_an_address(request)(scope, receive, send)
            return
        if b"%00" in scope["query_string"]:
            await problems.not_a_query(request)(scope, receive, send)
            return
        largest = self._larger_bodies.get(scope["path"], LARGEST_BODY)
        length = Headers(scope=scope).get("content-length", "0")
        if not length.isdigit() or int(length) > largest:
            await problems.body_too_large(request)(scope, receive, send)
            return
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > largest:
                # Raised where the body is read, inside the framework, which answers it.
                raise HTTPException(status_code=413)
            return message

        await self._inner(scope, counted, send)


class HeadAsGet:
    """Lets a HEAD request find its GET route; the answer keeps its headers and loses its body."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return
        scope.setdefault("state", {})["head"] = True

        async def without_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self._app({**scope, "method": "GET"}, receive, without_body)
