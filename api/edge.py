"""The edge: public answers kept ready as bytes, in front of the framework, and redirects counted.

Each address here is a normal route as well. The edge asks that route once, keeps what it answered
and gives the same bytes again until the content changes or an instant passes that changes it.
Whatever is unusual, an unknown address or a strange query, goes to the route every time.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from secrets import token_hex
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import negotiation
from api.negotiation import Wanted
from models import Publisher
from models.vocabulary import VisitKind
from services import publication, revisions
from services.publication import Horizon
from services.runtime.clock import Clock
from services.runtime.database import Database
from services.visits import Visit, VisitCounter, visit

POLL_SECONDS = 0.2
"""Between two looks at the revision; with the look itself it stays under the promised 250 ms."""

LARGEST_BODY = 1024 * 1024
LARGEST_TABLE = 4096
"""Prepared answers, remembered user agents and the like: more than that, and all are forgotten."""

MARK = "asi.edge"
ENCODING = b"content-encoding"

QUERIES = frozenset({b"", b"lang=en", b"mode=care", b"lang=en&mode=care"})
"""The queries whose answers are kept; any other is answered, not remembered."""

log = structlog.get_logger(__name__)


@dataclass
class Mark:
    """Carried in the scope, for the route to say that its answer is the same for everybody."""

    public: bool = False
    link: str | None = None
    """The short link that the answer follows."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A finished answer."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: Message
    etag: bytes | None
    link: str | None
    valid_from: datetime
    valid_until: datetime


@dataclass
class Statistics:
    """What the edge has done since the process began."""

    hits: int = 0
    misses: int = 0
    forgotten: int = 0


class Edge:
    """Wraps the application; `run` keeps it in step with the database."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        database: Database,
        clock: Clock,
        visits: VisitCounter,
        refresh_clock: Callable[[], None],
    ) -> None:
        """Begin with nothing prepared."""
        self._app = app
        self._database = database
        self._clock = clock
        self._visits = visits
        self._refresh_clock = refresh_clock
        self._horizon: Horizon | None = None
        self._generation = 0
        self._answers: dict[tuple[str, bytes, bytes, str], Prepared] = {}
        self._redirects: dict[str, Prepared] = {}
        self._known_visits: dict[tuple[str, bytes, bytes, str], Visit] = {}
        self._request_ids = map(f"{token_hex(8)}-%x".encode().__mod__, count())
        self.statistics = Statistics()

    @property
    def publisher(self) -> Publisher | None:
        """Who runs the current round, as far as the last look at the database told."""
        return self._horizon.publisher if self._horizon else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer from what is prepared, or let the application answer and remember it."""
        if scope["type"] != "http" or scope["method"] not in {"GET", "HEAD"}:
            await self._app(scope, receive, send)
            return
        redirect = self._redirects.get(scope["path"])
        if redirect is None or not redirect.valid_from <= self._clock() < redirect.valid_until:
            await self._answer(scope, receive, send)
            return
        self._count(redirect, scope)
        await self._send(redirect, send)

    async def run(self, stop: asyncio.Event) -> None:
        """Look for changes until told to stop."""
        while not stop.is_set():
            await self.synchronise()
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), POLL_SECONDS)

    async def synchronise(self) -> None:
        """Forget everything if the content has changed since the last look."""
        self._refresh_clock()
        now = self._clock()
        try:
            async with self._database.snapshot() as db:
                revision = await revisions.current(db)
                known = self._horizon
                if known is not None and known.revision == revision and known.covers(now):
                    return
                self._horizon = await publication.horizon(db, now=now)
        except (SQLAlchemyError, OSError) as error:
            # What is prepared stays: who cannot reach the database cannot have changed it either.
            log.warning("revision_unknown", error=type(error).__name__)
            return
        self._forget()

    def _forget(self) -> None:
        self._generation += 1
        self.statistics.forgotten += len(self._answers) + len(self._redirects)
        self._answers.clear()
        self._redirects.clear()
        self._known_visits.clear()

    def _count(self, redirect: Prepared, scope: Scope) -> None:
        agent = b""
        for name, value in scope["headers"]:
            if name == b"user-agent":
                agent = value
        key = (redirect.link or "", scope["query_string"], agent, scope["method"])
        known = self._known_visits.get(key)
        if known is None:
            known = self._known_visits[key] = self._visit(key)
        self._visits.count(known)

    def _visit(self, key: tuple[str, bytes, bytes, str]) -> Visit:
        slug, query, agent, method = key
        _make_room(self._known_visits)
        return visit(
            slug=slug,
            channel=negotiation.channel(query),
            channels=self._horizon.channels if self._horizon else frozenset(),
            user_agent=agent.decode("latin-1"),
            kind=VisitKind.PROBE if method == "HEAD" else VisitKind.VISIT,
        )

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        wanted, now = negotiation.read(scope["headers"]), self._clock()
        key = (scope["path"], scope["query_string"], wanted.encoding, wanted.audience)
        prepared = self._answers.get(key)
        if (
            prepared is not None
            and (wanted.plain or (wanted.etag_only and prepared.etag))
            and prepared.valid_from <= now < prepared.valid_until
        ):
            await self._send(prepared, send, wanted=wanted, method=scope["method"])
            return
        self.statistics.misses += 1
        horizon = self._horizon
        keeping = wanted.plain and scope["method"] == "GET"
        if not keeping or horizon is None or not horizon.covers(now):
            await self._app(scope, receive, send)
            return
        recording = _Recording(send, Mark())
        generation = self._generation
        await self._app({**scope, MARK: recording.mark}, receive, recording.send)
        # Content that changed while the route was answering may or may not be in the answer.
        if generation == self._generation and recording.complete:
            until = horizon.changes_at
            self._keep(key, recording.prepared(valid_from=now, valid_until=until))

    def _keep(self, key: tuple[str, bytes, bytes, str], prepared: Prepared) -> None:
        path, query, encoding, _ = key
        if prepared.link is not None:
            _make_room(self._redirects)
            self._redirects[path] = prepared
        elif query in QUERIES and dict(prepared.headers).get(ENCODING, encoding) == encoding:
            _make_room(self._answers)
            self._answers[key] = prepared

    async def _send(
        self, prepared: Prepared, send: Send, *, wanted: Wanted | None = None, method: str = "GET"
    ) -> None:
        self.statistics.hits += 1
        status, headers, body = prepared.status, prepared.headers, prepared.body
        if wanted is not None:
            asked = wanted.if_none_match
            if asked is not None and negotiation.matches(asked, prepared.etag):
                status = 304
                headers = [item for item in headers if item[0] not in negotiation.NOT_IN_304]
                body = _EMPTY
            elif method == "HEAD":
                body = _EMPTY
        request_id = (b"x-request-id", next(self._request_ids))
        await send(
            {"type": "http.response.start", "status": status, "headers": [*headers, request_id]}
        )
        await send(body)


def _make_room(table: dict[Any, Any]) -> None:
    if len(table) >= LARGEST_TABLE:
        table.clear()


_EMPTY: Message = {"type": "http.response.body", "body": b""}


@dataclass
class _Recording:
    """Passes an answer on and keeps a copy of one that its route has marked."""

    onward: Send
    mark: Mark
    status: int = 0
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: list[bytes] = field(default_factory=list)
    complete: bool = False
    size: int = 0

    def prepared(self, *, valid_from: datetime, valid_until: datetime) -> Prepared:
        """Give the copy as an answer to be given again; its number is the first request's."""
        headers = [item for item in self.headers if item[0] != b"x-request-id"]
        return Prepared(
            status=self.status,
            headers=headers,
            body={"type": "http.response.body", "body": b"".join(self.body)},
            etag=dict(headers).get(b"etag"),
            link=self.mark.link,
            valid_from=valid_from,
            valid_until=valid_until,
        )

    async def send(self, message: Message) -> None:
        """Take one message of the answer."""
        if message["type"] == "http.response.start":
            self.status, self.headers = (
                message["status"],
                list(message.get("headers", [])),
            )
        elif self.mark.public and self.size <= LARGEST_BODY:
            self.body.append(message.get("body", b""))
            self.size += len(self.body[-1])
            kept = self.status in {200, 302} and self.size <= LARGEST_BODY
            self.complete = kept and not message.get("more_body", False)
        await self.onward(message)
