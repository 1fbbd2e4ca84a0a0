"""The codes that are kept: begun before WeChat is asked, finished after it, given out, renewed."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import undefer

from models import ChannelCode, WeChatCode
from models.vocabulary import ClientKind, WeChatCodeKind
from services import revisions, short_links
from services.errors import Conflict, Gone, NotFound, Refusal
from services.runtime.dialects import insert
from services.wechat_codes import refused, scenes
from services.wechat_codes.asking import Made, Order

RENEWED_BEFORE = timedelta(days=3)
"""How long before its end a code is renewed: a weekend may pass until somebody mends what fails."""

REFUSED_AGAIN_AFTER = timedelta(hours=6)

FOR_FOLLOWERS = (WeChatCodeKind.OFFICIAL_ACCOUNT, WeChatCodeKind.TEMPORARY)
"""Kinds whose scene comes back in a push."""


class WeChatCodeNotMade(NotFound):
    """WeChat has not been asked for such a code yet."""

    code = "wechat_code_not_made"


class WeChatCodeExpired(Gone):
    """The code's time at WeChat is over, and it could not be renewed."""

    code = "wechat_code_expired"


class WeChatCodeInDoubt(Conflict):
    """Whether WeChat has made the code is not known."""

    code = "wechat_code_in_doubt"


async def begin(
    db: AsyncSession, *, kind: WeChatCodeKind, slug: str, now: datetime, again: bool = False
) -> WeChatCode | Order:
    """Give the code if it is there and good for a while, else write down that it is asked for.

    `again` asks for another one in any case.

    Raises:
        LinkNotFound, LinkDisabled, LinkExpired, TargetUnsafe, ConsultationNotFound, SceneTooLong,
        WeChatCodeInDoubt: a permanent code, of which there are 100,000 for life, was asked for
        before, and the answer did not arrive or is still to come.
    """
    await short_links.resolve(db, slug=slug, now=now, client=ClientKind.WECHAT)
    scene = await _scene(db, kind=kind, slug=slug)
    is_new = await _inserted(db, kind=kind, slug=slug, scene=scene, now=now)
    code = await _locked(db, WeChatCode.kind == kind, WeChatCode.slug == slug)
    assert code is not None  # noqa: S101 - it has just been put there
    if not is_new and not again:
        if code.made_at is not None and not _is_due(code, now):
            return code
        if code.made_at is None and kind is WeChatCodeKind.OFFICIAL_ACCOUNT:
            raise WeChatCodeInDoubt(slug=slug)
    code.scene, code.asked_at = scene, now
    return _order(code)


async def begin_renewal(db: AsyncSession, *, code_id: UUID, now: datetime) -> Order | None:
    """Write down that a code is asked for anew; None where that is no longer needed."""
    code = await _locked(db, WeChatCode.id == code_id)
    if code is None or not _is_due(code, now):
        return None
    code.asked_at = now
    return _order(code)


async def keep(db: AsyncSession, *, order: Order, made: Made, now: datetime) -> WeChatCode | None:
    """Keep what WeChat made; None where somebody took the code away meanwhile."""
    code = await _locked(db, WeChatCode.id == order.id)
    if code is None:
        return None
    code.ticket, code.url, code.picture = made.ticket, made.url, made.picture
    code.made_at, code.expires_at = now, made.expires_at
    code.refused_at = code.refusal = None
    await revisions.bump(db)
    return code


async def note_refusal(db: AsyncSession, *, order: Order, refusal: Refusal, now: datetime) -> None:
    """Remember why a code was not renewed; of one that never was, nothing stays.

    Nothing, that is, unless WeChat may have made it.
    """
    code = await _locked(db, WeChatCode.id == order.id)
    if code is None:
        return
    if code.made_at is None and not refused.leaves_doubt(refusal):
        await db.delete(code)
        return
    code.refused_at, code.refusal = now, refusal.code


async def current(
    db: AsyncSession, *, kind: WeChatCodeKind, slug: str, now: datetime
) -> WeChatCode:
    """Give a code that works, with its picture if it has one.

    Raises:
        WeChatCodeNotMade, WeChatCodeExpired
    """
    code = await db.scalar(
        select(WeChatCode)
        .where(WeChatCode.kind == kind, WeChatCode.slug == slug, WeChatCode.made_at.is_not(None))
        .options(undefer(WeChatCode.picture))
    )
    if code is None:
        raise WeChatCodeNotMade(kind=kind.value, slug=slug)
    if code.expires_at is not None and now >= code.expires_at:
        raise WeChatCodeExpired(kind=kind.value, slug=slug)
    return code


async def url_link(db: AsyncSession, *, slug: str, code: str = "", now: datetime) -> str | None:
    """Give the link that opens the mini-program for a short link, None where there is none.

    That of the channel code which was scanned goes before its link's.
    """
    found = await db.scalars(
        select(WeChatCode).where(
            WeChatCode.kind == WeChatCodeKind.URL_LINK,
            WeChatCode.slug.in_({slug, code}),
            WeChatCode.expires_at > now,
        )
    )
    links = {item.slug: item.url for item in found}
    return links.get(code) or links.get(slug)


async def ends(db: AsyncSession) -> list[datetime]:
    """Give the instants at which what is given out stops working, in no order."""
    found = await db.scalars(select(WeChatCode.expires_at).distinct())
    return [instant for instant in found if instant is not None]


async def scanned_links(db: AsyncSession) -> Mapping[str, str]:
    """Give the links' slugs to which scenes lead that are a channel code's slug, by scene.

    All of them, whether there is a row here or not: what is printed may outlive its row.
    """
    codes = select(ChannelCode.slug, ChannelCode.link_slug).where(ChannelCode.disabled.is_(False))
    return {row.slug: row.link_slug for row in await db.execute(codes)}


async def every(db: AsyncSession) -> list[WeChatCode]:
    """Give all codes without their pictures, by slug and kind."""
    return list(await db.scalars(select(WeChatCode).order_by(WeChatCode.slug, WeChatCode.kind)))


async def due(db: AsyncSession, *, now: datetime) -> list[UUID]:
    """Give the codes that end soon or have ended, soonest first; refused ones after a while."""
    found = await db.scalars(
        select(WeChatCode.id)
        .where(
            WeChatCode.made_at.is_not(None),
            WeChatCode.expires_at <= now + RENEWED_BEFORE,
            or_(
                WeChatCode.refused_at.is_(None),
                WeChatCode.refused_at <= now - REFUSED_AGAIN_AFTER,
            ),
        )
        .order_by(WeChatCode.expires_at)
    )
    return list(found)


async def remove(db: AsyncSession, *, kind: WeChatCodeKind, slug: str) -> None:
    """Take a code away: it is neither given out nor renewed. What is printed goes on working.

    Raises:
        WeChatCodeNotMade
    """
    code = await _locked(db, WeChatCode.kind == kind, WeChatCode.slug == slug)
    if code is None:
        raise WeChatCodeNotMade(kind=kind.value, slug=slug)
    await db.delete(code)
    await revisions.bump(db)


async def _scene(db: AsyncSession, *, kind: WeChatCodeKind, slug: str) -> str:
    if kind in FOR_FOLLOWERS:
        return slug
    link, code = await short_links.printed(db, slug=slug)
    scene = scenes.of(link, code)
    if kind is WeChatCodeKind.MINI_PROGRAM:
        scenes.require_short(scene)
    return scene.text


async def _inserted(
    db: AsyncSession, *, kind: WeChatCodeKind, slug: str, scene: str, now: datetime
) -> bool:
    """Put the row there unless it is; of two who do so at once, one does."""
    statement = insert(db, WeChatCode).values(
        id=uuid4(), kind=kind, slug=slug, scene=scene, asked_at=now
    )
    unless_there = statement.on_conflict_do_nothing(index_elements=["kind", "slug"])
    return await db.scalar(unless_there.returning(WeChatCode.id)) is not None


async def _locked(db: AsyncSession, *which: ColumnElement[bool]) -> WeChatCode | None:
    found: WeChatCode | None = await db.scalar(select(WeChatCode).where(*which).with_for_update())
    return found


def _is_due(code: WeChatCode, now: datetime) -> bool:
    return code.expires_at is not None and code.expires_at <= now + RENEWED_BEFORE


def _order(code: WeChatCode) -> Order:
    return Order(id=code.id, kind=code.kind, slug=code.slug, scene=code.scene)
