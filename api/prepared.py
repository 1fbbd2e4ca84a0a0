"""Answers kept ready: what a route says of its answer, the copy, and how the copy is made."""

from dataclasses import dataclass, field
from datetime import datetime

from starlette.types import Message, Send

from api import transport
from models.vocabulary import ClientKind
from services.short_links import Destination
from services.visits import Reading

LARGEST_BODY = 1024 * 1024

MARK = "asi.edge"
"""Where the scope carries the mark."""


@dataclass
class Mark:
    """Carried in the scope, for the route to say that its answer is the same for everybody."""

    public: bool = False
    link: Destination | None = None
    """Where the answer leads, if it follows a short link."""

    page: bool = False
    """Whether it is a page that is counted as opened whenever it is given."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A finished answer."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: Message
    etag: bytes | None
    link: Destination | None
    is_page: bool
    valid_from: datetime
    valid_until: datetime
    head: bytes | None
    """Status and headers as they are written; None where the server has to say more."""

    readings: dict[bytes, Reading] = field(default_factory=dict)
    """What is counted when it is given, by user agents seen so far."""

    def holds_at(self, now: datetime) -> bool:
        """Tell whether it is right at an instant."""
        return self.valid_from <= now < self.valid_until


@dataclass(frozen=True, slots=True)
class Followed:
    """A short link or printed code that has been followed, and the redirects made so far.

    Rules may send each kind of client elsewhere, and a path of ours is told the channel.
    """

    destination: Destination
    redirects: dict[tuple[ClientKind, str], Prepared] = field(default_factory=dict)


@dataclass
class Recording:
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
            is_page=self.mark.page,
            valid_from=valid_from,
            valid_until=valid_until,
            head=transport.head(self.status, headers),
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
