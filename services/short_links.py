"""Short links: where an address leads whom now, why, and changing that."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import Bilingual, Channel, ChannelCode, Consultation, LinkRule, ShortLink
from models.vocabulary import ClientKind, LinkTarget, RuleTarget
from services import addresses, consultations, documents, link_rules, revisions
from services.errors import Forbidden, Gone, Malformed, NotFound, Refusal, Unavailable
from services.link_rules import Misfit, Situation

READ_ORIGINAL = "read-original"
"""The slug of 阅读原文, which stands in every article for ever."""

LANDING = "/open/"
"""Below it is the landing page of each link and printed code."""


class LinkNotFound(NotFound):
    """There is no such link."""

    code = "link_not_found"


class CodeForeign(NotFound):
    """What was scanned is no code of ours."""

    code = "code_not_ours"


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
    """The link's, whichever printed code led to it."""

    title: Bilingual
    kind: LinkTarget
    address: str
    """A path of ours where kind is page, an https address otherwise."""

    code: str = ""
    """The printed code that was scanned; empty where the link itself was followed."""

    channel: str = ""
    """The printed code's."""


@dataclass(frozen=True)
class Explanation:
    """Why a link leads somebody where it does."""

    link: ShortLink
    code: ChannelCode | None
    situation: Situation
    considered: list[tuple[LinkRule, list[Misfit]]]
    """The link's rules in their order, each with what speaks against it."""

    chosen: LinkRule | None
    """None where the link's own target counts."""

    outcome: Destination | Refusal


async def by_slug(db: AsyncSession, *, slug: str) -> ShortLink:
    """Give a link, whatever its state.

    Raises:
        LinkNotFound
    """
    link = await db.scalar(select(ShortLink).where(ShortLink.slug == slug))
    if link is None:
        raise LinkNotFound
    return link


async def printed(db: AsyncSession, *, slug: str) -> tuple[ShortLink, ChannelCode | None]:
    """Give the link that `/r/{slug}` stands for, and the printed code if the slug is one's.

    Raises:
        LinkNotFound
    """
    link = await db.scalar(select(ShortLink).where(ShortLink.slug == slug))
    if link is not None:
        return link, None
    code = await db.scalar(select(ChannelCode).where(ChannelCode.slug == slug))
    if code is None:
        raise LinkNotFound
    return await by_slug(db, slug=code.link_slug), code


async def resolve(
    db: AsyncSession, *, slug: str, now: datetime, client: ClientKind, landing: bool = True
) -> Destination:
    """Tell where a link or a printed code leads a kind of client now.

    The first rule that fits decides, else the link's own target; without `landing`, only where it
    leads on from its landing page counts. The allow-list is asked again: rows can be tampered with.

    Raises:
        LinkNotFound, LinkDisabled, LinkExpired, TargetUnsafe, ConsultationNotFound
    """
    link, code = await printed(db, slug=slug)
    # A retired link is on paper somewhere: it goes on leading where it led.
    if link.disabled or (code and code.disabled):
        raise LinkDisabled
    if link.expires_at is not None and now >= link.expires_at:
        raise LinkExpired
    rules = await link_rules.of_link(db, link_id=link.id)
    situation = await _situation(db, client=client, now=now)
    rule = link_rules.first_that_fits(rules, situation, landing=landing)
    kind, address = await _target(db, link, rule, slug=slug, now=now)
    to_landing = landing and address == LANDING + slug
    if not to_landing and not await _allowed(db, kind, address):
        raise TargetUnsafe
    return Destination(
        slug=link.slug,
        title=link.title,
        kind=kind,
        address=address,
        code=code.slug if code else "",
        channel=code.channel if code else "",
    )


async def explain(db: AsyncSession, *, slug: str, now: datetime, client: ClientKind) -> Explanation:
    """Tell where a link would lead at any instant, and why; counts nothing.

    Raises:
        LinkNotFound
    """
    link, code = await printed(db, slug=slug)
    rules = await link_rules.of_link(db, link_id=link.id)
    situation = await _situation(db, client=client, now=now)
    try:
        outcome: Destination | Refusal = await resolve(db, slug=slug, now=now, client=client)
    except Refusal as refusal:
        outcome = refusal
    return Explanation(
        link=link,
        code=code,
        situation=situation,
        considered=[(rule, link_rules.misfits(rule, situation)) for rule in rules],
        chosen=link_rules.first_that_fits(rules, situation),
        outcome=outcome,
    )


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


async def _situation(db: AsyncSession, *, client: ClientKind, now: datetime) -> Situation:
    announced = await consultations.rounds(db, now=now)
    state = consultations.state(announced[0], now) if announced else None
    return Situation(client=client, state=state, now=now)


async def _target(
    db: AsyncSession, link: ShortLink, rule: LinkRule | None, *, slug: str, now: datetime
) -> tuple[LinkTarget, str]:
    if rule is not None and rule.target_kind is RuleTarget.LANDING:
        return LinkTarget.PAGE, LANDING + slug
    said = rule or link
    address = said.target or (await consultations.current(db, now=now)).hub_url
    kind = LinkTarget(said.target_kind)
    if kind is LinkTarget.URL and (page := await documents.page_instead(db, address=address)):
        return LinkTarget.PAGE, page
    return kind, address


async def _allowed(db: AsyncSession, kind: LinkTarget, address: str) -> bool:
    if kind is LinkTarget.PAGE:
        return addresses.is_own_path(address)
    hosts = [host for row in await db.scalars(select(Consultation.allowed_hosts)) for host in row]
    return addresses.is_allowed(address, hosts)
