"""The line to WeChat's API host: one HTTP request there and its answer back, or a refusal.

What must stay secret in an address, the token, the secret and codes, is put in below httpx2's
client. So no request, log line or exception that httpx2 makes has ever seen it.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import httpx2

from services.wechat import refusals
from services.wechat.refusals import (
    AnswerLost,
    Lost,
    NotReached,
    OutcomeUnknown,
    WeChatError,
)

AT_ONCE = 50
"""Calls at the same time in one process; more wait for their turn (performance.md, section 7)."""

TURN_SECONDS = 5.0
"""Longest wait for a turn."""

CONNECT_SECONDS = 3.0
CALL_SECONDS = 10.0
"""Longest time for a whole call; an answer that comes drop by drop never times out otherwise."""

KEEP_ALIVE_SECONDS = 5.0
LARGEST_ANSWER = 1024 * 1024
HIDDEN = "asi_hidden_query"
HEADERS = {"accept-encoding": "identity", "user-agent": "asi-consultation"}
"""No compression: the size of an answer is known only by what arrives."""

OK = 200
Query = Mapping[str, str]
Body = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """One of WeChat's functions."""

    path: str
    method: Literal["GET", "POST"] = "POST"
    repeatable: bool = True
    """Asking twice does no more than asking once: what is lost may be asked again."""

    gives_file: bool = False
    """A success is the bytes of a file, not JSON."""

    seconds: float = CALL_SECONDS
    largest_answer: int = LARGEST_ANSWER

    def lost(self, reason: Lost, *, status: int = OK) -> AnswerLost:
        """Make the refusal for an answer that did not arrive or cannot be read."""
        kind = AnswerLost if self.repeatable else OutcomeUnknown
        return kind(path=self.path, reason=reason, status=status)


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A file to be sent in the form field `media`."""

    name: str
    content_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Answer:
    """What WeChat answered, without an errcode: fields, or the bytes of a file."""

    endpoint: Endpoint
    fields: Body = field(repr=False)
    content: bytes = field(default=b"", repr=False)
    content_type: str = ""

    def text(self, name: str) -> str:
        """Give a field that has to be there."""
        value = self.fields.get(name)
        if not isinstance(value, str) or not value:
            raise self.endpoint.lost(Lost.UNREADABLE)
        return value

    def number(self, name: str) -> int:
        """Give a field that has to be a whole number; some come as texts."""
        try:
            return int(self.fields[name])
        except (KeyError, TypeError, ValueError):
            raise self.endpoint.lost(Lost.UNREADABLE) from None

    def maybe(self, name: str) -> str | None:
        """Give a field that may be missing or empty."""
        value = self.fields.get(name)
        return value if isinstance(value, str) and value else None

    def inner(self, name: str) -> "Answer":
        """Give the object in a field, to ask it for its own."""
        value = self.fields.get(name)
        if not isinstance(value, dict):
            raise self.endpoint.lost(Lost.UNREADABLE)
        return Answer(self.endpoint, value)

    def each(self, name: str) -> list["Answer"]:
        """Give the objects of a list; a missing list is an empty one."""
        value = self.fields.get(name) or []
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self.endpoint.lost(Lost.UNREADABLE)
        return [Answer(self.endpoint, item) for item in value]

    def words(self, name: str) -> tuple[str, ...]:
        """Give a list of texts that has to be there."""
        value = self.fields.get(name)
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.endpoint.lost(Lost.UNREADABLE)
        return tuple(value)


class Line:
    """Connections to one API host. Close it."""

    def __init__(
        self,
        api_url: str,
        *,
        calls: Counter[str],
        at_once: int = AT_ONCE,
        patience: float = 1.0,
    ) -> None:
        """Connect to nothing yet; count in `calls`; `patience` stretches every limit of time."""
        self._calls = calls
        limits = httpx2.Limits(
            max_connections=None,
            max_keepalive_connections=at_once,
            keepalive_expiry=KEEP_ALIVE_SECONDS,
        )
        self._turns = asyncio.Semaphore(at_once)
        self._patience = patience
        self._http = httpx2.AsyncClient(
            base_url=api_url,
            transport=_Discreet(httpx2.AsyncHTTPTransport(limits=limits, trust_env=False)),
            timeout=httpx2.Timeout(None, connect=CONNECT_SECONDS * patience),
            headers=HEADERS,
            follow_redirects=False,
            trust_env=False,
        )

    async def ask(
        self,
        endpoint: Endpoint,
        *,
        query: Query | None = None,
        hidden: Query | None = None,
        body: Body | None = None,
        upload: Upload | None = None,
    ) -> Answer:
        """Make one call.

        Raises:
            NotReached, AnswerLost, OutcomeUnknown, or the class of WeChat's errcode.
        """
        try:
            answer = await self._ask(endpoint, query=query, hidden=hidden, body=body, upload=upload)
        except WeChatError as error:
            self._calls[refusals.word(error)] += 1
            raise
        self._calls["ok"] += 1
        return answer

    async def aclose(self) -> None:
        """Close all connections."""
        await self._http.aclose()

    async def _ask(
        self,
        endpoint: Endpoint,
        *,
        query: Query | None,
        hidden: Query | None,
        body: Body | None,
        upload: Upload | None,
    ) -> Answer:
        request = self._http.build_request(
            endpoint.method,
            endpoint.path,
            params=query,
            content=None if body is None else _json(body),
            headers=None if body is None else {"content-type": "application/json"},
            files=None if upload is None else _form(upload),
            extensions={HIDDEN: dict(hidden or {})},
        )
        await self._turn(endpoint)
        try:
            status, content_type, content = await self._exchange(endpoint, request)
        finally:
            self._turns.release()
        if status != OK:
            raise endpoint.lost(Lost.STATUS, status=status)
        return _read(endpoint, content, content_type)

    async def _turn(self, endpoint: Endpoint) -> None:
        try:
            async with asyncio.timeout(TURN_SECONDS * self._patience):
                await self._turns.acquire()
        except TimeoutError:
            raise NotReached(path=endpoint.path) from None

    async def _exchange(
        self, endpoint: Endpoint, request: httpx2.Request
    ) -> tuple[int, str, bytes]:
        """Send and receive; what httpx2 raises ends here, with its request and its address."""
        try:
            async with asyncio.timeout(endpoint.seconds * self._patience):
                response = await self._http.send(request, stream=True)
                try:
                    content = await _received(endpoint, response)
                finally:
                    await response.aclose()
        except (httpx2.ConnectError, httpx2.ConnectTimeout):
            raise NotReached(path=endpoint.path) from None
        except TimeoutError:
            raise endpoint.lost(Lost.TIMEOUT) from None
        except httpx2.HTTPError:
            raise endpoint.lost(Lost.DISCONNECTED) from None
        return response.status_code, response.headers.get("content-type", ""), content


class _Discreet(httpx2.AsyncBaseTransport):
    """Puts the hidden part of the query in, where no log and no exception sees it."""

    def __init__(self, inner: httpx2.AsyncBaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        extensions = dict(request.extensions)
        hidden = extensions.pop(HIDDEN)
        return await self._inner.handle_async_request(
            httpx2.Request(
                request.method,
                request.url.copy_merge_params(hidden),
                headers=request.headers,
                stream=request.stream,
                extensions=extensions,
            )
        )

    async def aclose(self) -> None:
        await self._inner.aclose()


async def _received(endpoint: Endpoint, response: httpx2.Response) -> bytes:
    parts, size = [], 0
    async for part in response.aiter_raw():
        size += len(part)
        if size > endpoint.largest_answer:
            raise endpoint.lost(Lost.TOO_LARGE)
        parts.append(part)
    return b"".join(parts)


def _read(endpoint: Endpoint, content: bytes, content_type: str) -> Answer:
    """Tell JSON from a file by the first byte: WeChat's content types are not to be relied on."""
    if content.lstrip()[:1] != b"{":
        # A proxy in between says so in HTML, with a status that sounds well.
        if not content or not endpoint.gives_file or content_type.startswith("text/html"):
            raise endpoint.lost(Lost.UNREADABLE)
        return Answer(endpoint, {}, content=content, content_type=content_type)
    try:
        fields = json.loads(content)
        errcode = int(fields.get("errcode") or 0)
    except (ValueError, TypeError, RecursionError):
        raise endpoint.lost(Lost.UNREADABLE) from None
    if errcode:
        raise refusals.of_answer(endpoint.path, fields)
    return Answer(endpoint, fields)


def _json(body: Body) -> bytes:
    """Write characters as they are: WeChat refuses a menu with escaped ones, with 40033."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")


def _form(upload: Upload) -> dict[str, tuple[str, bytes, str]]:
    return {"media": (upload.name, upload.content, upload.content_type)}
