"""What follows from a followed link: the same whether the edge or the route led there."""

from urllib.parse import urlencode

from api import negotiation
from models.vocabulary import LinkTarget, VisitKind
from services import visits
from services.short_links import Destination
from services.visits import OTHER_CHANNEL, Visit


def visit(
    destination: Destination,
    *,
    query: bytes,
    channels: frozenset[str],
    user_agent: str,
    looked: bool = False,
    scanned: bool = False,
) -> Visit:
    """Make of a followed link what is kept of it.

    `looked` says that only the head was asked for, `scanned` that a camera has read it, as is known
    of a printed code in any case. Its channel is certain, whatever stands behind its address.
    """
    came = VisitKind.SCAN if scanned or destination.code else VisitKind.VISIT
    return visits.visit(
        slug=destination.slug,
        code=destination.code,
        channel=destination.channel or negotiation.channel(query),
        channels=channels | {destination.channel},
        user_agent=user_agent,
        kind=VisitKind.PROBE if looked else came,
    )


def address(destination: Destination, *, channel: str) -> str:
    """Give where a browser goes next.

    A page of ours is a path, so that readers stay on the host whose code they scanned, and is told
    the channel they came by; nobody else is.
    """
    if destination.kind is not LinkTarget.PAGE or channel in {"", OTHER_CHANNEL}:
        return destination.address
    return f"{destination.address}?{urlencode({'ch': channel})}"
