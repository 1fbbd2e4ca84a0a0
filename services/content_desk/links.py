"""Short links at the desk: found, changed, switched off and on, made."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import Bilingual, ChannelCode, Consultation, ContactCard, Document, ShortLink, Webinar
from models.vocabulary import LinkTarget
from services import channel_codes, link_health, short_links, visits
from services.content_desk import deeds, targets, uses
from services.content_desk.deeds import By
from services.content_desk.refusals import (
    ExpiryPast,
    LinkSlugTaken,
    LinkSlugUnfit,
    StillNeeded,
)
from services.link_health import Health


class LinkState(StrEnum):
    """Whether a link leads on."""

    ON = "on"
    OFF = "off"
    EXPIRED = "expired"


@dataclass(frozen=True)
class ListedLink:
    """A link as the list shows it."""

    link: ShortLink
    state: LinkState
    visits: int
    """By people, ever since."""

    health: Health | None
    """None where it leads to a page of ours, or nobody is led on."""


@dataclass(frozen=True)
class Asked:
    """Which links are wanted."""

    words: str = ""
    state: LinkState | None = None
    after: int = 0
    """How many to leave out."""


@dataclass(frozen=True)
class LinkWish:
    """How a link is to be."""

    title: Bilingual
    target: str
    """A path of ours or an https address; empty for the hub of the current round."""

    expires_at: datetime | None = None


MOST = 50
"""Links on one page."""


async def listed(db: AsyncSession, *, asked: Asked, now: datetime) -> list[ListedLink]:
    """Give a page of links by slug, and one more if there are more."""
    healths = {item.target.address: item for item in await link_health.report(db, now=now)}
    counts = await visits.by_people(db)
    found = [
        _listed(link, healths=healths, visits=counts.get(link.slug, 0), now=now)
        for link in await short_links.every(db)
        if _has(link, asked.words)
    ]
    wanted = [item for item in found if asked.state in {None, item.state}]
    return wanted[asked.after : asked.after + MOST + 1]


async def one(db: AsyncSession, *, slug: str, now: datetime) -> ListedLink:
    """Give one link.

    Raises:
        LinkNotFound
    """
    link = await short_links.by_slug(db, slug=slug)
    healths = {item.target.address: item for item in await link_health.report(db, now=now)}
    counts = await visits.by_people(db)
    return _listed(link, healths=healths, visits=counts.get(slug, 0), now=now)


async def change(db: AsyncSession, *, slug: str, wish: LinkWish, seen: str, by: By) -> ShortLink:
    """Let a link lead elsewhere, be called otherwise, or be over at another time.

    Raises:
        LinkNotFound, ContentChanged, AddressInsecure, AddressInside, AddressOffList, PathUnfit,
        PathLeadsNowhere, ExpiryPast
    """
    link = await _locked(db, slug)
    former = state_of(link)
    deeds.require_seen(former, seen)
    if wish.expires_at != link.expires_at:
        _require_ahead(wish.expires_at, by.now)
    await _lead(db, link, wish.target)
    link.title, link.expires_at = wish.title, wish.expires_at
    names = deeds.changed(former, state_of(link))
    if names:
        told = {"target": link.target or LinkTarget.HUB.value} if "target" in names else {}
        await _record(db, "link_changed", link, by=by, details={"changed": names, **told})
    return link


async def switch(
    db: AsyncSession, *, slug: str, disabled: bool, seen: str, sure: bool = False, by: By
) -> ShortLink:
    """Switch a link off or on. One that is needed goes off only if somebody is sure.

    Raises:
        LinkNotFound, ContentChanged, StillNeeded
    """
    link = await _locked(db, slug)
    deeds.require_seen(state_of(link), seen)
    if link.disabled is disabled:
        return link
    needing = await uses.of_link(db, slug=slug, now=by.now) if disabled else []
    if needing and not sure:
        raise StillNeeded(needing)
    link.disabled = disabled
    await _record(db, "link_disabled" if disabled else "link_enabled", link, by=by)
    return link


async def add(db: AsyncSession, *, slug: str, wish: LinkWish, by: By) -> ShortLink:
    """Make a link. A slug that anything has or had is not given again: it may be on paper.

    Raises:
        LinkSlugTaken, LinkSlugUnfit, AddressInsecure, AddressInside, AddressOffList, PathUnfit,
        PathLeadsNowhere, ExpiryPast
    """
    if channel_codes.is_slug(slug):
        raise LinkSlugUnfit(field="slug")
    if await _is_taken(db, slug):
        raise LinkSlugTaken(field="slug", slug=slug)
    _require_ahead(wish.expires_at, by.now)
    link = ShortLink(
        slug=slug, target_kind=LinkTarget.HUB, title=wish.title, expires_at=wish.expires_at
    )
    await _lead(db, link, wish.target)
    db.add(link)
    await db.flush()
    told = {"target": link.target or LinkTarget.HUB.value}
    await _record(db, "link_added", link, by=by, details=told)
    return link


def state_of(link: ShortLink) -> Mapping[str, object]:
    """Give what the page shows of a link and lets change."""
    return {
        "target": link.target,
        "title": link.title,
        "expires_at": link.expires_at,
        "disabled": link.disabled,
    }


def _listed(
    link: ShortLink, *, healths: Mapping[str, Health], visits: int, now: datetime
) -> ListedLink:
    state = LinkState.ON
    if link.disabled:
        state = LinkState.OFF
    elif link.expires_at is not None and now >= link.expires_at:
        state = LinkState.EXPIRED
    return ListedLink(link, state, visits, healths.get(link.target or ""))


def _has(link: ShortLink, words: str) -> bool:
    wanted = words.strip().casefold()
    texts = (link.slug, link.target or "", link.title.zh, link.title.en)
    return not wanted or any(wanted in text.casefold() for text in texts)


async def _locked(db: AsyncSession, slug: str) -> ShortLink:
    await short_links.by_slug(db, slug=slug)
    found = await db.scalars(
        select(ShortLink)
        .where(ShortLink.slug == slug)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return found.one()


async def _lead(db: AsyncSession, link: ShortLink, target: str) -> None:
    """Set a target that differs; one that was right once need not be so for a new title."""
    if target == (link.target or "") and link in db:
        return
    if not target:
        link.target_kind, link.target = LinkTarget.HUB, None
    elif target.startswith("/"):
        await targets.require_path(db, target, field="target")
        link.target_kind, link.target = LinkTarget.PAGE, target
    else:
        targets.require_address(target, hosts=await hosts(db), field="target")
        link.target_kind, link.target = LinkTarget.URL, target


async def hosts(db: AsyncSession) -> Sequence[str]:
    """Give the sites that links of any round may lead to."""
    found = await db.scalars(select(Consultation.allowed_hosts))
    return sorted({host for row in found for host in row})


def _require_ahead(expires_at: datetime | None, now: datetime) -> None:
    if expires_at is not None and expires_at <= now:
        raise ExpiryPast(field="expires_at")


async def _is_taken(db: AsyncSession, slug: str) -> bool:
    tables = (ShortLink, ChannelCode, Document, Webinar, ContactCard, Consultation)
    return bool(await db.scalar(select(or_(*(exists().where(t.slug == slug) for t in tables)))))


async def _record(
    db: AsyncSession,
    act: str,
    link: ShortLink,
    *,
    by: By,
    details: Mapping[str, object] | None = None,
) -> None:
    await deeds.record(db, act, subject=f"short_link/{link.slug}", by=by, details=details)
