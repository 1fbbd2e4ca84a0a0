"""What is kept of a page that was opened: the same whether the edge or the route showed it."""

from collections.abc import Collection

from starlette.types import Scope

from api import negotiation, proxies
from services import clients, visits
from services.visits import Reading


def reading(path: str, *, query: bytes, channels: Collection[str], user_agent: bytes) -> Reading:
    """Make of an opened page what is kept of it."""
    return Reading(
        path=path,
        channel=visits.named_channel(negotiation.channel(query), channels),
        client=clients.kind(user_agent.decode("latin-1")),
    )


def device(scope: Scope) -> tuple[str, bytes]:
    """Give what tells the devices of one day apart, for `VisitCounter.count` and nothing else."""
    agent = b""
    for name, value in scope["headers"]:
        if name == b"user-agent":
            agent = value
    return proxies.client_address(scope), agent
