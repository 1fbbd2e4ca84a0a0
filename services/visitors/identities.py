"""Who is who: finding a visitor by WeChat's ids, and making one of two that are the same person."""

from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy import or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from models import Base, Visitor
from models.vocabulary import Account

log = structlog.get_logger(__name__)

_OPENID = {Account.MINI_PROGRAM: "mp_openid", Account.OFFICIAL_ACCOUNT: "oa_openid"}
_IDS = ("mp_openid", "oa_openid", "unionid")


async def known_as(
    db: AsyncSession,
    *,
    account: Account,
    openid: str,
    unionid: str | None,
    reader_id: UUID | None = None,
    now: datetime,
) -> Visitor:
    """Give the visitor with an account's openid; locks them, and makes them if need be.

    Whoever has the same unionid is the same person, and so is the reader of the same browser as
    long as WeChat has told us nothing of them: they become one.
    """
    found = await _locked(db, account, openid=openid, unionid=unionid, reader_id=reader_id)
    people = [one for one in found if one.id != reader_id or is_unnamed(one) or _is(one, openid)]
    # The mini-program's row stays: its session key is sealed for that row alone.
    people.sort(key=lambda one: (one.mp_openid is None, not _is(one, openid), is_unnamed(one)))
    kept = people[0] if people else _new(db, now=now)
    left = [one for one in people[1:] if not await merge(db, kept=kept, gone=one)]
    own = next((one for one in left if getattr(one, _OPENID[account]) == openid), None)
    if own is not None:
        return own
    setattr(kept, _OPENID[account], openid)
    if unionid and not any(one.unionid == unionid for one in left):
        kept.unionid = unionid
    await db.flush()
    return kept


def is_unnamed(visitor: Visitor) -> bool:
    """Tell whether WeChat has told us nothing of a visitor: known by their cookie alone."""
    return not any(getattr(visitor, name) for name in _IDS)


async def merge(db: AsyncSession, *, kept: Visitor, gone: Visitor) -> bool:
    """Make one visitor of two that are the same person; tell whether it could be done.

    Everything that names `gone` names `kept` afterwards: sessions, registrations, feedback and
    whatever else there is. Where both have what a visitor may have once, such as a seat in the same
    webinar, both stay as they are: nobody's seat is taken away to tidy up.
    """
    ids = {name: value for name in _IDS if (value := getattr(gone, name))}
    if any(getattr(kept, name) not in {None, value} for name, value in ids.items()):
        return False
    first_seen_at = min(kept.first_seen_at, gone.first_seen_at)
    try:
        async with db.begin_nested():
            await _hand_over(db, kept.id, gone.id)
    except IntegrityError:
        log.info("visitors_not_merged")
        return False
    # Its unique ids have to be free before the other row may have them.
    await db.delete(gone)
    await db.flush()
    kept.first_seen_at = first_seen_at
    for name, value in ids.items():
        setattr(kept, name, value)
    await db.flush()
    return True


async def _hand_over(db: AsyncSession, kept_id: UUID, gone_id: UUID) -> None:
    """Let every row that names one visitor name another, whatever table it is in."""
    for mapper in Base.registry.mappers:
        columns = {column.name: column for column in mapper.columns if _names_a_visitor(column)}
        for name, column in columns.items():
            handed = update(mapper.class_).where(column == gone_id).values({name: kept_id})
            await db.execute(handed)


def _names_a_visitor(column: object) -> bool:
    """Tell by its key, or by its name: an answer that is kept names its visitor without a key."""
    keys = getattr(column, "foreign_keys", ())
    named = getattr(column, "name", "") == "visitor_id"
    return named or any(key.column is Visitor.__table__.c.id for key in keys)


async def _locked(
    db: AsyncSession,
    account: Account,
    *,
    openid: str,
    unionid: str | None,
    reader_id: UUID | None,
) -> list[Visitor]:
    """Give all whom a login may be about, locked in one order, so that logins do not deadlock."""
    tests = [getattr(Visitor, _OPENID[account]) == openid]
    if unionid:
        tests.append(Visitor.unionid == unionid)
    if reader_id:
        tests.append(Visitor.id == reader_id)
    asked = select(Visitor).where(or_(*tests)).order_by(Visitor.id).with_for_update()
    return list(await db.scalars(asked.execution_options(populate_existing=True)))


def _is(visitor: Visitor, openid: str) -> bool:
    return openid in {visitor.mp_openid, visitor.oa_openid}


def _new(db: AsyncSession, *, now: datetime) -> Visitor:
    visitor = Visitor(first_seen_at=now, last_seen_at=now)
    db.add(visitor)
    return visitor
