"""Looking at one address outside, as a careful reader would: what it gives, and where it leads."""

import asyncio
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import httpx2

from models.vocabulary import LinkOutcome
from services import addresses, mirror
from services.link_health.public_only import NotPublic

LOOK_SECONDS = 45.0
"""Longest time for one address, its redirects and its whole file; an answer that comes drop by
drop never times out otherwise."""

SILENCE_SECONDS = 10.0
"""Longest wait for a connection, and between two parts of an answer."""

MOST_REDIRECTS = 5
LARGEST = mirror.LARGEST
AT_ONCE = 4
"""How many addresses are looked at together."""

HEADERS = {"accept": "*/*", "accept-encoding": "identity", "user-agent": "asi-consultation"}
"""No compression: the hash is that of the file, and the size is known by what arrives."""

PERMANENT = frozenset({301, 308})


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What a look found."""

    outcome: LinkOutcome
    status: int | None = None
    moved_to: str | None = None
    content_type: str = ""
    size_bytes: int | None = None
    sha256: str | None = None
    """None where the bytes came encoded although we asked for the file as it is."""

    @property
    def is_page(self) -> bool:
        """Whether a page came: it may differ from one minute to the next and mean the same."""
        return self.content_type in {"text/html", "application/xhtml+xml"}


class _Unfit(Exception):
    def __init__(self, outcome: LinkOutcome, *, status: int | None = None) -> None:
        super().__init__(outcome)
        self.seen = Seen(outcome=outcome, status=status)


class Looker:
    """Looks at addresses, a few at a time. Use it in `async with`."""

    def __init__(self, outside: httpx2.AsyncBaseTransport, *, patience: float = 1.0) -> None:
        """Ask nobody yet; `patience` stretches every limit of time."""
        self._seconds = LOOK_SECONDS * patience
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._http = httpx2.AsyncClient(
            transport=outside,
            timeout=SILENCE_SECONDS * patience,
            headers=HEADERS,
            follow_redirects=False,
            trust_env=False,
        )

    async def __aenter__(self) -> Self:
        """Begin."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close all connections."""
        await self._http.aclose()

    async def look(self, address: str, *, hosts: Iterable[str]) -> Seen:
        """Tell what an address gives. It never fails: that an address does is what it finds out.

        Every step of the way has to lie on one of the hosts and on a public machine.
        """
        async with self._turns:
            try:
                async with asyncio.timeout(self._seconds):
                    return await self._follow(address, frozenset(hosts))
            except _Unfit as unfit:
                return unfit.seen
            except NotPublic:
                return Seen(outcome=LinkOutcome.PRIVATE_ADDRESS)
            except (TimeoutError, httpx2.TimeoutException):
                return Seen(outcome=LinkOutcome.TIMED_OUT)
            except (httpx2.HTTPError, httpx2.InvalidURL):
                return Seen(outcome=LinkOutcome.UNREACHABLE)

    async def _follow(self, address: str, hosts: frozenset[str]) -> Seen:
        at, permanent, refusal = address, True, LinkOutcome.OFF_LIST
        for _ in range(1 + MOST_REDIRECTS):
            if not addresses.is_allowed(at, hosts):
                raise _Unfit(refusal)
            async with self._http.stream("GET", at) as response:
                if not response.has_redirect_location:
                    moved = permanent and at != address
                    return await _taken(response, moved_to=at if moved else None)
                permanent = permanent and response.status_code in PERMANENT
                at = _onward(response)
            refusal = LinkOutcome.REDIRECT_REFUSED
        raise _Unfit(LinkOutcome.REDIRECT_LOOP)


def _onward(response: httpx2.Response) -> str:
    """Give where a redirect leads, in the one spelling that is both compared and asked next."""
    try:
        onward = response.url.join(response.headers["location"])
        return str(onward.copy_with(fragment=None))
    except httpx2.InvalidURL:
        raise _Unfit(LinkOutcome.REDIRECT_REFUSED, status=response.status_code) from None


async def _taken(response: httpx2.Response, *, moved_to: str | None) -> Seen:
    """Read the answer to its end and keep nothing of it but its size and hash."""
    if not response.is_success:
        raise _Unfit(LinkOutcome.STATUS, status=response.status_code)
    if int(response.headers.get("content-length", "0")) > LARGEST:
        raise _Unfit(LinkOutcome.TOO_LARGE, status=response.status_code)
    digest, size = hashlib.sha256(), 0
    async for part in response.aiter_raw():
        size += len(part)
        if size > LARGEST:
            raise _Unfit(LinkOutcome.TOO_LARGE, status=response.status_code)
        digest.update(part)
    # Unpacking what a stranger packed can take all memory there is; a hash of it is of no use.
    plain = response.headers.get("content-encoding", "identity") == "identity"
    content_type = response.headers.get("content-type", "").partition(";")[0]
    return Seen(
        outcome=LinkOutcome.GOOD,
        status=response.status_code,
        moved_to=moved_to,
        content_type=content_type.strip().lower()[:120],
        size_bytes=size,
        sha256=digest.hexdigest() if plain else None,
    )
