"""The callback: what WeChat pushes is verified, stored and answered, within WeChat's 5 seconds.

An ASGI application of its own that stands in front of the framework, since every push passes it.
It never waits for WeChat.
"""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.transport import at_once
from models.vocabulary import Account, Language
from services import texts
from services.conversations.arrivals import Arrival, Stored
from services.conversations.reception import NotStored, Reception
from services.wechat import envelope, replies
from services.wechat.envelope import Envelope, EnvelopeRefused, Opened, Reason

DEADLINE_SECONDS = 4.5
"""WeChat cuts the connection after 5 s and delivers again: three times in all, as most report.

Source: 接收事件推送 and 被动回复用户消息 of the official documentation, read on 2026-11-23.
"""

SUCCESS = b"success"
"""Says that there is nothing to answer; never encrypted."""

PATHS = {
    "/wechat/official-account": Account.OFFICIAL_ACCOUNT,
    "/wechat/mini-program": Account.MINI_PROGRAM,
}


class BodyTooLarge(Exception):
    """The body is over the limit; nothing of it was parsed."""


class Disconnected(Exception):
    """Whoever asked has hung up."""


class MethodNotAllowed(Exception):
    """WeChat sends GET and POST."""


class NotConfigured(Exception):
    """The account has not been set up here."""


class Answer(NamedTuple):
    """A whole answer."""

    status: int
    body: bytes
    content_type: bytes


@dataclass
class Statistics:
    """What the callback has done since the process began."""

    outcomes: Counter[str] = field(default_factory=Counter)
    """By word: verified, answered, repeated, and those of the refusals below."""

    refusals: Counter[str] = field(default_factory=Counter)
    """Why pushes were refused, which the answer never says."""


class Callback:
    """One account's callback."""

    def __init__(
        self,
        account: Account,
        *,
        envelope: Envelope | None,
        reception: Reception,
        machine_time: Callable[[], float] = time.time,
        deadline_seconds: float = DEADLINE_SECONDS,
    ) -> None:
        """Take the account's envelope, None when the account is not configured."""
        self._account = account
        self._envelope = envelope
        self._reception = reception
        self._machine_time = machine_time
        self._deadline_seconds = deadline_seconds
        self.statistics = Statistics()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            answer = await self._answer(scope, receive)
        except tuple(_REFUSALS) as error:
            answer = self._refuse(error)
        headers = [
            (b"content-type", answer.content_type),
            (b"content-length", b"%d" % len(answer.body)),
            *_HEADERS.get(answer.status, _ALWAYS),
        ]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": answer.body})

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        door = self._envelope
        if door is None:
            raise NotConfigured
        if scope["method"] == "GET":
            echo = door.verify(scope["query_string"], at=self._machine_time())
            self.statistics.outcomes["verified"] += 1
            return Answer(200, echo.encode(), _PLAIN)
        if scope["method"] != "POST":
            raise MethodNotAllowed
        deadline = asyncio.get_running_loop().time() + self._deadline_seconds
        # Whoever sends it slowly is cut off by api/connections.py, and late below.
        body = await _read(scope, receive)
        opened = door.open(scope["query_string"], body, at=self._machine_time())
        stored = await self._stored(opened, deadline)
        self.statistics.outcomes["repeated" if stored.repeated else "answered"] += 1
        return self._sealed(door, opened, stored)

    def _refuse(self, error: Exception) -> Answer:
        outcome, status, code = next(
            words for kind, words in _REFUSALS.items() if isinstance(error, kind)
        )
        self.statistics.outcomes[outcome] += 1
        if isinstance(error, EnvelopeRefused):
            self.statistics.refusals[error.reason] += 1
        return _problem(status, code)

    async def _stored(self, opened: Opened, deadline: float) -> Stored:
        arrival = Arrival.of(self._account, body=opened.text, push=opened.push)
        if not opened.stale:
            return await self._reception.take(arrival, deadline=deadline)
        # Only WeChat itself can repeat a delivery exactly that it made before.
        async with asyncio.timeout_at(deadline):
            stored = await self._reception.known(arrival.digest)
        if stored is None:
            raise EnvelopeRefused(Reason.STALE)
        return stored

    def _sealed(self, door: Envelope, opened: Opened, stored: Stored) -> Answer:
        push, notation = opened.push, opened.notation
        if stored.reply is None or push is None:
            return Answer(200, SUCCESS, _PLAIN)
        at = int(stored.received_at.timestamp())
        text = replies.render(
            stored.reply, to=push.openid, sender=push.to, at=at, notation=notation
        )
        now = int(self._machine_time())
        sealed = door.seal(
            text, pair=opened.pair, timestamp=now, nonce=opened.nonce, notation=notation
        )
        return Answer(200, sealed, _XML if notation == "xml" else _JSON)


class InFront:
    """Sends what is pushed straight to the callbacks, everything else onward."""

    def __init__(
        self,
        onward: ASGIApp,
        callbacks: dict[str, Callback],
        *,
        observe: Callable[[float], None] = lambda _seconds: None,
    ) -> None:
        """Stand in front of an application; the callbacks by their paths.

        `observe` is told how many seconds each of their answers took.
        """
        self._onward = onward
        self._callbacks = callbacks
        self._observe = observe

    def at_once(self, scope: Scope, send: Send) -> bool:
        """Let what is behind answer at once; pushes take longer."""
        return scope["path"] not in self._callbacks and at_once(self._onward, scope, send)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        found = self._callbacks.get(scope["path"]) if scope["type"] == "http" else None
        if found is None:
            await self._onward(scope, receive, send)
            return
        began = time.perf_counter()
        await found(scope, receive, send)
        self._observe(time.perf_counter() - began)


_REFUSALS: dict[type[Exception], tuple[str, int, str]] = {
    EnvelopeRefused: ("refused", 403, EnvelopeRefused.code),
    BodyTooLarge: ("too_large", 413, "body_too_large"),
    MethodNotAllowed: ("wrong_method", 405, "method_not_allowed"),
    NotConfigured: ("not_configured", 503, "account_not_configured"),
    Disconnected: ("disconnected", 503, NotStored.code),
    NotStored: ("not_stored", 503, NotStored.code),
    TimeoutError: ("late", 503, NotStored.code),
}
"""For each: the word in the statistics, the status, the code."""

_TITLES = {EnvelopeRefused.code: "callback.refused"}
"""What 403 says elsewhere speaks of links."""

_ALWAYS = [(b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff")]
_HEADERS = {
    405: [*_ALWAYS, (b"allow", b"GET, POST")],
    413: [*_ALWAYS, (b"connection", b"close")],
    503: [*_ALWAYS, (b"retry-after", b"5")],
}
_PLAIN = b"text/plain; charset=utf-8"
_XML = b"text/xml; charset=utf-8"
_JSON = b"application/json"


async def _read(scope: Scope, receive: Receive) -> bytes:
    """Read the body, at most what a push may hold.

    Raises:
        BodyTooLarge: as soon as that is known, from the header where it says so.
        Disconnected
    """
    announced = dict(scope["headers"]).get(b"content-length", b"0")
    if not announced.isdigit() or int(announced) > envelope.LARGEST_BODY:
        raise BodyTooLarge
    parts: list[bytes] = []
    size = 0
    while True:
        message: Message = await receive()
        if message["type"] == "http.disconnect":
            raise Disconnected
        part = message.get("body", b"")
        size += len(part)
        if size > envelope.LARGEST_BODY:
            raise BodyTooLarge
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)


@cache
def _problem(status: int, code: str) -> Answer:
    """Give problem details that are the same, byte for byte, whatever was wrong."""
    problem = {
        "type": f"urn:asi:problem:{code}",
        "title": texts.say(_TITLES.get(code, f"statuses.{status}"), Language.ZH),
        "status": status,
        "detail": texts.say(f"refusals.{code}", Language.ZH),
        "code": code,
    }
    body = json.dumps(problem, ensure_ascii=False).encode()
    return Answer(status, body, b"application/problem+json")
