"""All the addresses outside that readers are led to now, and from where."""

from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import (
    Consultation,
    Document,
    FeedbackChannel,
    LinkRule,
    Menu,
    MirroredFile,
    ShortLink,
    Webinar,
)
from models.vocabulary import LinkTarget, RuleTarget


@dataclass(frozen=True)
class Target:
    """One address, and what is known of it without asking anybody."""

    address: str
    uses: tuple[str, ...]
    """Where readers meet it, such as `documents/ps-v4-draft`."""

    copy_sha256: str | None
    """Of our newest copy, where it is a document's address and there is a copy."""


async def hosts(db: AsyncSession) -> frozenset[str]:
    """Give the hosts that any round allows."""
    found = await db.scalars(select(Consultation.allowed_hosts))
    return frozenset(host for row in found for host in row)


async def every(db: AsyncSession, *, now: datetime) -> list[Target]:
    """Give each address once, in the order of the addresses."""
    uses: defaultdict[str, list[str]] = defaultdict(list)
    for find in (_documents, _links, _rules, _webinars, _surveys, _menus, _hubs):
        async for address, use in find(db, now):
            uses[address].append(use)
    copies = await _copies(db)
    return [Target(address, tuple(uses[address]), copies.get(address)) for address in sorted(uses)]


Found = AsyncIterator[tuple[str, str]]


async def _documents(db: AsyncSession, _now: datetime) -> Found:
    query = select(Document.url, Document.slug).where(Document.retired.is_(False))
    for url, slug in await db.execute(query.order_by(Document.position)):
        if url:
            yield url, f"documents/{slug}"


async def _links(db: AsyncSession, now: datetime) -> Found:
    """Retired ones too: they are on paper somewhere and go on leading where they led."""
    query = select(ShortLink.target, ShortLink.slug).where(
        ShortLink.target_kind == LinkTarget.URL,
        ShortLink.disabled.is_(False),
        or_(ShortLink.expires_at.is_(None), ShortLink.expires_at > now),
    )
    for target, slug in await db.execute(query.order_by(ShortLink.slug)):
        if target:
            yield target, f"links/{slug}"


async def _rules(db: AsyncSession, now: datetime) -> Found:
    query = (
        select(LinkRule.target, ShortLink.slug)
        .join(ShortLink, ShortLink.id == LinkRule.link_id)
        .where(
            LinkRule.target_kind == RuleTarget.URL,
            LinkRule.retired.is_(False),
            ShortLink.disabled.is_(False),
            or_(LinkRule.ends_at.is_(None), LinkRule.ends_at > now),
        )
    )
    for target, slug in await db.execute(query.order_by(LinkRule.position)):
        if target:
            yield target, f"links/{slug}"


async def _webinars(db: AsyncSession, now: datetime) -> Found:
    """What is shown of each: the form until it begins, the rest from then on."""
    query = select(Webinar).where(Webinar.retired.is_(False)).order_by(Webinar.starts_at)
    for webinar in await db.scalars(query):
        if now < webinar.starts_at:
            shown: tuple[str | None, ...] = (webinar.registration_url,)
        else:
            shown = (webinar.replay_url, webinar.slides_url, webinar.notes_url)
        for address in shown:
            if address:
                yield address, f"webinars/{webinar.slug}"


async def _surveys(db: AsyncSession, now: datetime) -> Found:
    query = (
        select(FeedbackChannel.url, FeedbackChannel.key)
        .join(Consultation, Consultation.id == FeedbackChannel.consultation_id)
        .where(
            FeedbackChannel.retired.is_(False),
            Consultation.closes_at > now,
        )
    )
    for url, key in await db.execute(query.order_by(FeedbackChannel.position)):
        if url:
            yield url, f"feedback/{key}"


async def _menus(db: AsyncSession, now: datetime) -> Found:
    query = (
        select(Menu.buttons)
        .join(Consultation, Consultation.id == Menu.consultation_id)
        .where(Menu.retired.is_(False), Consultation.closes_at > now)
    )
    for buttons in await db.scalars(query):
        below = [button for top in buttons for button in top.get("button", ())]
        for button in (*buttons, *below):
            if url := button.get("url"):
                yield url, f"menu/{button['name']}"


async def _hubs(db: AsyncSession, _now: datetime) -> Found:
    query = select(Consultation.hub_url, Consultation.slug).order_by(Consultation.slug)
    for url, slug in await db.execute(query):
        yield url, f"rounds/{slug}"


async def _copies(db: AsyncSession) -> dict[str, str]:
    found = await db.execute(
        select(Document.url, MirroredFile.sha256)
        .join(MirroredFile, MirroredFile.document_id == Document.id)
        .where(Document.retired.is_(False))
        .order_by(MirroredFile.mirrored_at, MirroredFile.id.desc())
    )
    return {url: sha256 for url, sha256 in found if url}
