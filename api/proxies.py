"""Whom we answer, where reverse proxies stand in between: only proxies of ours are believed."""

import ipaddress
from collections.abc import Collection
from enum import Enum, auto
from functools import lru_cache

from starlette.types import ASGIApp, Receive, Scope, Send

from api.transport import at_once
from services.runtime.settings import Network

FORWARDED_FOR = b"x-forwarded-for"
MOST_KNOWN = 32_768
"""Addresses that have been looked at and need not be again."""


class Kind(Enum):
    """What stands in a list of addresses."""

    OURS = auto()
    """A proxy of ours."""

    ANOTHER = auto()
    NO_ADDRESS = auto()


class Proxies:
    """Puts the address that a trusted proxy names in place of the proxy's own.

    Each proxy adds the address it was asked by at the end of the list. So it is read from the end:
    the first that is no proxy of ours is who asks, and what stands before it anybody can write.
    """

    def __init__(self, inner: ASGIApp, *, trusted: Collection[Network]) -> None:
        """Wrap an application."""
        self._inner = inner
        self._trusted = trusted
        self._kind = lru_cache(maxsize=MOST_KNOWN)(self._look)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Name whoever asks, and pass the request on."""
        self._name(scope)
        await self._inner(scope, receive, send)

    def at_once(self, scope: Scope, send: Send) -> bool:
        """Name whoever asks, and let what is behind answer at once if it can."""
        self._name(scope)
        return at_once(self._inner, scope, send)

    def _name(self, scope: Scope) -> None:
        """Put the asker's address into the request; a second time changes nothing."""
        peer = scope.get("client")
        if peer is not None and self._kind(peer[0]) is Kind.OURS:
            scope["client"] = (self._asker(scope, peer[0]), 0)

    def _asker(self, scope: Scope, peer: str) -> str:
        lists = [value for name, value in scope["headers"] if name == FORWARDED_FOR]
        for entry in reversed(b",".join(lists).decode("latin-1").split(",")):
            address = entry.strip()
            kind = self._kind(address)
            if kind is not Kind.OURS:
                return address if kind is Kind.ANOTHER else peer
            peer = address
        return peer

    def _look(self, text: str) -> Kind:
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            return Kind.NO_ADDRESS
        # A socket that takes IPv6 and IPv4 alike names addresses of IPv4 in its own way.
        mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
        ours = any((mapped or address) in network for network in self._trusted)
        return Kind.OURS if ours else Kind.ANOTHER


def client_address(scope: Scope) -> str:
    """Give the address of whoever asks, empty where it is not known. Not to be logged or kept."""
    client = scope.get("client")
    return client[0] if client else ""
