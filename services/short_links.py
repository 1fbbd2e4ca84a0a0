"""Short links: where an address leads now, and changing that."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import Channel, Consultation, ShortLink
from models.vocabulary import LinkTarget
from services import addresses, consultations, revisions
from services.errors import Forbidden, Gone, Malformed, NotFound, Unavailable

READ_ORIGINAL = "read-original"
"""The slug of 阅读原文, which stands in every article for ever."""


class LinkNotFound(NotFound):
    """There is no such link."""

    code = "link_not_found"


class LinkExpired(Gone):
    """The link's time is over."""

    code = "link_expired"


class LinkDisabled(Forbidden):
    """The link has been switched off."""

    code = "link_disabled"


class TargetNotAllowed(Malformed):
    """The link may not lead there."""

    code = "target_not_allowed"


class TargetUnsafe(Unavailable):
    """The link leads to a place that is no longer allowed."""

    code = "target_unsafe"


@dataclass(frozen=True)
class Destination:
    """Where a link leads."""

    slug: str
    kind: LinkTarget
    address: str
    """A path of ours where kind is page, an https address otherwise."""


async def by_slug(db: AsyncSession, *, slug: str) -> ShortLink:
    """Give a link, whatever its state.

    Raises:
        LinkNotFound
    """
    link = await db.scalar(select(ShortLink).where(ShortLink.slug == slug))
    if link is None:
        raise LinkNotFound
    return link


async def resolve(db: AsyncSession, *, slug: str, now: datetime) -> Destination:
    """Tell where a link leads now. The allow-list is asked again: rows can be tampered with.

    Raises:
        LinkNotFound, LinkDisabled, LinkExpired, TargetUnsafe, ConsultationNotFound
    """
    link = await by_slug(db, slug=slug)
    # A retired link is on paper somewhere: it goes on leading where it led.
    if link.disabled:
        raise LinkDisabled
    if link.expires_at is not None and now >= link.expires_at:
        raise LinkExpired
    address = link.target or (await consultations.current(db, now=now)).hub_url
    if not await _allowed(db, link.target_kind, address):
        raise TargetUnsafe
    return Destination(slug=link.slug, kind=link.target_kind, address=address)


async def set_target(db: AsyncSession, *, slug: str, target: str) -> ShortLink:
    """Let a link lead to a path of ours or to an https address on an allowed host.

    Acts in every process within 250 ms of the commit.

    Raises:
        LinkNotFound, TargetNotAllowed
    """
    link = await by_slug(db, slug=slug)
    kind = LinkTarget.PAGE if target.startswith("/") else LinkTarget.URL
    if not await _allowed(db, kind, target):
        raise TargetNotAllowed(target=target)
    link.target_kind, link.target = kind, target
    await revisions.bump(db)
    return link


async def set_disabled(db: AsyncSession, *, slug: str, disabled: bool) -> ShortLink:
    """Switch a link off, or on again.

    Raises:
        LinkNotFound
    """
    link = await by_slug(db, slug=slug)
    link.disabled = disabled
    await revisions.bump(db)
    return link


async def every(db: AsyncSession) -> list[ShortLink]:
    """Give all links, by slug."""
    return list(await db.scalars(select(ShortLink).order_by(ShortLink.slug)))


async def channels(db: AsyncSession) -> frozenset[str]:
    """Give the codes that `?ch=` may name."""
    return frozenset(await db.scalars(select(Channel.code).where(Channel.retired.is_(False))))


async def _allowed(db: AsyncSession, kind: LinkTarget, address: str) -> bool:
    if kind is LinkTarget.PAGE:
        return addresses.is_own_path(address)
    hosts = [host for row in await db.scalars(select(Consultation.allowed_hosts)) for host in row]
    return addresses.is_allowed(address, hosts)
