"""The way out to the internet: connections to public machines, and to no others.

Whoever may write a link could otherwise let the service ask machines that only it can reach: its
database, its neighbours, the cloud's address for credentials. Names are no protection, since
anybody may let a name of theirs stand for 127.0.0.1, also from one second to the next.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

import httpx2

Address = IPv4Address | IPv6Address
Resolve = Callable[[str], Awaitable[Sequence[str]]]

TRIED = 3
"""How many of a name's addresses are tried before it counts as unreachable."""

NAT64 = IPv6Network("64:ff9b::/96")
"""IPv4 for those who have IPv6 only (RFC 6052); its last four bytes are the real address."""

NOTHING = "The name stands for no machine."

NO_REUSE = httpx2.Limits(max_keepalive_connections=0)
"""A connection is kept under its number: another name at the same number would be sent through it,
past the check of its certificate."""


class NotPublic(Exception):
    """A name stands for a machine that is not on the public internet."""


class PublicOnly(httpx2.AsyncBaseTransport):
    """Resolves a name once, looks at all it stands for, and connects to exactly that.

    What the name server says a moment later changes nothing, and the certificate is still the
    name's: TLS is told the name, not the number.
    """

    def __init__(
        self, inner: httpx2.AsyncBaseTransport | None = None, *, resolve: Resolve | None = None
    ) -> None:
        """Connect to nothing yet; no proxy of the environment is asked, it would resolve itself."""
        self._inner = inner or httpx2.AsyncHTTPTransport(limits=NO_REUSE, trust_env=False)
        self._resolve = resolve or resolved

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request to its host, if all that the host's name stands for is public.

        Raises:
            NotPublic, httpx2.ConnectError, httpx2.ConnectTimeout
        """
        numbers = await self._numbers(request)
        if not all(is_public(number) for number in numbers):
            raise NotPublic
        failure: httpx2.TransportError = httpx2.ConnectError(NOTHING, request=request)
        for number in numbers[:TRIED]:
            try:
                return await self._inner.handle_async_request(_to(number, request))
            except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
                failure = error
        raise failure

    async def aclose(self) -> None:
        """Close all connections."""
        await self._inner.aclose()

    async def _numbers(self, request: httpx2.Request) -> Sequence[str]:
        try:
            return await self._resolve(request.url.host)
        except (OSError, UnicodeError) as error:
            raise httpx2.ConnectError(NOTHING, request=request) from error


async def resolved(host: str) -> list[str]:
    """Ask the system what a name stands for; each address once, in the system's order."""
    found = await asyncio.get_running_loop().getaddrinfo(host, 443, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def is_public(number: str) -> bool:
    """Tell whether an address is of the public internet, IPv4 inside of IPv6 looked at too."""
    try:
        address = ip_address(number)
    except ValueError:
        return False
    return all(
        one.is_global and not one.is_multicast and not one.is_reserved
        for one in (_real(address), *_tunnelled(address))
    )


def _real(address: Address) -> Address:
    """Give the address that a packet in the end goes to."""
    if isinstance(address, IPv4Address):
        return address
    if address in NAT64:
        return IPv4Address(address.packed[-4:])
    return address.ipv4_mapped or address


def _tunnelled(address: Address) -> Sequence[Address]:
    if isinstance(address, IPv4Address):
        return ()
    if address.sixtofour:
        return (address.sixtofour,)
    return address.teredo or ()


def _to(number: str, request: httpx2.Request) -> httpx2.Request:
    """Address a request to a number; its Host header stays, since httpx2 set it from the name."""
    return httpx2.Request(
        request.method,
        request.url.copy_with(host=number),
        headers=request.headers,
        stream=request.stream,
        extensions={**request.extensions, "sni_hostname": request.url.host},
    )
