"""The edge: public answers kept ready as bytes, in front of the framework, and redirects counted.

Each address here is a normal route as well. The edge asks that route once, keeps what it answered
and gives the same bytes again until the content changes or an instant passes that changes it.
Whatever is unusual, an unknown address or a strange query, goes to the route every time.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from secrets import token_hex
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import following, negotiation, proxies, readings
from api.negotiation import Wanted
from api.prepared import MARK, Followed, Mark, Prepared, Recording
from api.transport import write_finished
from models import Publisher
from services import clients, publication, revisions, short_links
from services.publication import Horizon
from services.runtime.clock import Clock
from services.runtime.database import Database
from services.short_links import Destination
from services.visits import Visit, VisitCounter

POLL_SECONDS = 0.2
"""Between two looks at the revision; with the look itself it stays under the promised 250 ms."""

LARGEST_TABLE = 4096
"""Prepared answers, remembered user agents and the like: more than that, and all are forgotten."""

ENCODING = b"content-encoding"

QUERIES = frozenset({b"", b"lang=en", b"mode=care", b"lang=en&mode=care"})
"""The queries whose answers are kept; any other is answered, not remembered."""

Variant = tuple[str, bytes, bytes, str, bytes]
"""What answers are kept by: path, query, encoding, audience, and the host if it is another one."""

log = structlog.get_logger(__name__)


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
        hosts: frozenset[bytes],
        refresh_clock: Callable[[], None],
    ) -> None:
        """Begin with nothing prepared; `hosts` are those whose readers get answers of their own."""
        self._app = app
        self._database = database
        self._clock = clock
        self._visits = visits
        self._hosts = hosts
        self._refresh_clock = refresh_clock
        self._horizon: Horizon | None = None
        self._generation = 0
        self._answers: dict[Variant, Prepared] = {}
        self._links: dict[str, Followed] = {}
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
        followed = self._followed(scope)
        if followed is None:
            await self._answer(scope, receive, send)
            return
        redirect, visit, device = followed
        self._visits.count(visit, *device)
        await self._send(redirect, send)

    def at_once(self, scope: Scope, send: Send) -> bool:
        """Give a GET what is prepared for it, whole; False, and nothing, where it takes more.

        The server's connection asks this before it begins a task for the request.
        """
        followed = self._followed(scope)
        if followed is None:
            return self._answered(scope, send)
        redirect, visit, device = followed
        if not self._given(redirect, send):
            return False
        self._visits.count(visit, *device)
        return True

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
        self.statistics.forgotten += len(self._answers) + len(self._links)
        self._answers.clear()
        self._links.clear()
        self._known_visits.clear()

    def _followed(self, scope: Scope) -> tuple[Prepared, Visit, tuple[str, bytes]] | None:
        """Give the redirect that is prepared for a request, and what counts by whose device."""
        link = self._links.get(scope["path"])
        if link is None:
            return None
        device = readings.device(scope)
        visit = self._visit(link.destination, scope, device[1])
        redirect = link.redirects.get((visit.client, visit.channel))
        if redirect is None or not redirect.holds_at(self._clock()):
            return None
        return redirect, visit, device

    def _visit(self, destination: Destination, scope: Scope, agent: bytes) -> Visit:
        key = (scope["path"], scope["query_string"], agent, scope["method"])
        known = self._known_visits.get(key)
        if known is None:
            _make_room(self._known_visits)
            known = self._known_visits[key] = self._new_visit(destination, key)
        return known

    def _new_visit(self, destination: Destination, key: tuple[str, bytes, bytes, str]) -> Visit:
        _, query, agent, method = key
        return following.visit(
            destination,
            query=query,
            channels=self._horizon.channels if self._horizon else frozenset(),
            user_agent=agent.decode("latin-1"),
            looked=method == "HEAD",
        )

    def _count_page(self, page: Prepared, scope: Scope, agent: bytes) -> None:
        known = page.readings.get(agent)
        if known is None:
            _make_room(page.readings)
            known = page.readings[agent] = readings.reading(
                scope["path"],
                query=scope["query_string"],
                channels=self._horizon.channels if self._horizon else frozenset(),
                user_agent=agent,
            )
        self._visits.count(known, proxies.client_address(scope), agent)

    def _variant(self, scope: Scope, wanted: Wanted) -> Variant:
        site, path = wanted.host if wanted.host in self._hosts else b"", scope["path"]
        told: str = wanted.audience
        if path.startswith(short_links.LANDING):
            # Rules of the link decide by the kind of client where it leads on.
            told = f"{told}/{clients.kind(wanted.user_agent.decode('latin-1'))}"
        return (path, scope["query_string"], wanted.encoding, told, site)

    def _answered(self, scope: Scope, send: Send) -> bool:
        wanted = negotiation.read(scope["headers"])
        prepared = self._answers.get(self._variant(scope, wanted))
        if prepared is None or not wanted.plain or not prepared.holds_at(self._clock()):
            return False
        if not self._given(prepared, send):
            return False
        if prepared.is_page:
            self._count_page(prepared, scope, wanted.user_agent)
        return True

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        wanted, now = negotiation.read(scope["headers"]), self._clock()
        key = self._variant(scope, wanted)
        prepared = self._answers.get(key)
        if (
            prepared is not None
            and (wanted.plain or (wanted.etag_only and prepared.etag))
            and prepared.holds_at(now)
        ):
            if prepared.is_page and scope["method"] == "GET":
                self._count_page(prepared, scope, wanted.user_agent)
            await self._send(prepared, send, wanted=wanted, method=scope["method"])
            return
        self.statistics.misses += 1
        horizon = self._horizon
        keeping = wanted.plain and scope["method"] == "GET"
        if not keeping or horizon is None or not horizon.covers(now):
            await self._app(scope, receive, send)
            return
        recording = Recording(send, Mark())
        generation = self._generation
        await self._app({**scope, MARK: recording.mark}, receive, recording.send)
        # Content that changed while the route was answering may or may not be in the answer.
        if generation == self._generation and recording.complete:
            until = horizon.changes_at
            self._keep(scope, key, recording.prepared(valid_from=now, valid_until=until))

    def _keep(self, scope: Scope, key: Variant, prepared: Prepared) -> None:
        path, query, encoding, *_ = key
        if prepared.link is not None:
            _make_room(self._links)
            link = self._links.setdefault(path, Followed(prepared.link))
            visit = self._visit(prepared.link, scope, readings.device(scope)[1])
            link.redirects[visit.client, visit.channel] = prepared
        elif self._is_usual(query) and dict(prepared.headers).get(ENCODING, encoding) == encoding:
            _make_room(self._answers)
            self._answers[key] = prepared

    def _is_usual(self, query: bytes) -> bool:
        """Tell whether a query's answers are kept: one of few, and a channel that there is."""
        if query in QUERIES or self._horizon is None:
            return query in QUERIES
        named = [part for part in query.split(b"&") if part.startswith(b"ch=")]
        others = b"&".join(part for part in query.split(b"&") if not part.startswith(b"ch="))
        known = len(named) == 1 and negotiation.channel(query) in self._horizon.channels
        return known and others in QUERIES

    def _given(self, prepared: Prepared, send: Send) -> bool:
        if prepared.head is None:
            return False
        number = b"x-request-id: %s\r\n\r\n" % next(self._request_ids)
        given = write_finished(send, head=prepared.head, number=number, body=prepared.body["body"])
        self.statistics.hits += given
        return given

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
