"""Planning: what those who work here are to be told now, each thing once by each way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import StaffNotice, Webinar
from models.vocabulary import NoticeState, StaffNoticeKind
from services import consultations, jobs, working_hours
from services.consultations import ConsultationNotFound
from services.runtime.dialects import insert
from services.staff_notices import news
from services.staff_notices.news import Stretch
from services.staff_notices.ways import Ways
from services.working_hours import Hours

SEND = "send_staff_notice"
"""The kind of job that sends."""

FIRST_LOOK = timedelta(days=1)
"""How far back the very first news look."""

SETTLED = timedelta(seconds=30)
"""What is younger is told next time: it may not all be written down yet."""

NEWS_LAST = timedelta(hours=2)
"""How long news are tried."""

LONGEST_CALL = timedelta(minutes=2)
"""An attempt without an end that is older than this was cut off: no call lasts as long."""

LEADS: Mapping[str, tuple[timedelta, timedelta]] = {
    "day": (timedelta(hours=24), timedelta(hours=2)),
    "soon": (timedelta(minutes=30), timedelta(0)),
}
"""How long before a webinar a reminder is due, and until when it is of use: as registrants have."""

OPEN = (NoticeState.PLANNED, NoticeState.SENDING)
UNTOLD = (NoticeState.FAILED, NoticeState.NONE)


@dataclass(frozen=True)
class Planned:
    """Something to be told, whichever way it goes."""

    key: str
    kind: StaffNoticeKind
    said: Mapping[str, Any]
    expires_at: datetime
    covers_until: datetime | None = None
    warns_until: datetime | None = None


async def due(db: AsyncSession, *, ways: Ways, now: datetime) -> list[Planned]:
    """Give what is to be told and not planned yet; it only reads."""
    found = await _reminders(db, now)
    told = await _news(db, ways, now)
    return [*found, told] if told else found


async def plan(
    db: AsyncSession, found: Sequence[Planned], *, ways: Sequence[str], now: datetime
) -> int:
    """Write the rows that are not there yet, queue their jobs, and tell how many they were.

    The constraint decides, however many processes plan the same at once.
    """
    rows = [_row(one, way, now) for one in found for way in ways]
    if not rows:
        return 0
    statement = (
        insert(db, StaffNotice).values(rows).on_conflict_do_nothing().returning(StaffNotice.id)
    )
    fresh = list(await db.scalars(statement))
    for notice_id in fresh:
        await enqueue(db, notice_id)
    return len(fresh)


async def requeue_stranded(db: AsyncSession, *, now: datetime) -> None:
    """Queue the notices again that should be done."""
    found = await db.scalars(
        select(StaffNotice.id).where(
            StaffNotice.state.in_(OPEN), StaffNotice.planned_at <= now - LONGEST_CALL
        )
    )
    for notice_id in found:
        await enqueue(db, notice_id)


async def enqueue(db: AsyncSession, notice_id: UUID) -> None:
    """Queue the job that sends a notice; while it waits, once more does nothing."""
    await jobs.enqueue(db, SEND, key=f"{SEND}:{notice_id}", notice_id=str(notice_id))


async def _reminders(db: AsyncSession, now: datetime) -> list[Planned]:
    found = []
    for word, (lead, of_use) in LEADS.items():
        beginning = await db.scalars(
            select(Webinar).where(
                Webinar.retired.is_(False),
                Webinar.starts_at <= now + lead,
                Webinar.starts_at > now + of_use,
            )
        )
        found += [
            Planned(
                # A beginning that was moved is news.
                key=f"{word}:{webinar.id}:{webinar.starts_at:%Y%m%dT%H%M}",
                kind=StaffNoticeKind.WEBINAR,
                said={"lead": word, "webinar_id": str(webinar.id)},
                expires_at=webinar.starts_at - of_use,
            )
            for webinar in beginning
        ]
    known = set(
        await db.scalars(
            select(StaffNotice.key).where(StaffNotice.key.in_([one.key for one in found]))
        )
    )
    return [one for one in found if one.key not in known]


async def _news(db: AsyncSession, ways: Ways, now: datetime) -> Planned | None:
    hours = await _hours(db, now) if ways.quiet else None
    if hours is not None and not hours.open_at(now):
        return None
    last = await _last(db)
    if last is not None and (last.state in OPEN or last.planned_at > now - ways.every):
        return None
    stretch = await _stretch(db, hours, now)
    found = await news.gather(db, stretch=stretch, now=now)
    if not found.worth_telling:
        return None
    since = last.covers_until if last else None
    return Planned(
        key=f"news:{since.isoformat() if since else 'first'}",
        kind=StaffNoticeKind.NEWS,
        said=found.said,
        expires_at=now + NEWS_LAST,
        covers_until=stretch.until,
        warns_until=stretch.warns_until,
    )


async def _stretch(db: AsyncSession, hours: Hours | None, now: datetime) -> Stretch:
    """Give what the next news are about: from where the last that were told ended."""
    told = await _last(db, told=True)
    since = told.covers_until if told and told.covers_until else now - FIRST_LOOK
    return Stretch(
        since=since,
        until=now - SETTLED,
        warned_until=told.warns_until if told and told.warns_until else now,
        warns_until=news.horizon(hours, now=now),
        links_dead=int(told.said["links_dead"]) if told else 0,
    )


async def _last(db: AsyncSession, *, told: bool = False) -> StaffNotice | None:
    asked = select(StaffNotice).where(StaffNotice.kind == StaffNoticeKind.NEWS)
    if told:
        asked = asked.where(StaffNotice.state.not_in(UNTOLD))
    # Of one notice by several ways, the one that is still to go counts.
    newest = asked.order_by(
        StaffNotice.covers_until.desc(), StaffNotice.state.in_(OPEN).desc(), StaffNotice.id
    )
    found: StaffNotice | None = await db.scalar(newest.limit(1))
    return found


async def _hours(db: AsyncSession, now: datetime) -> Hours | None:
    try:
        consultation = await consultations.current(db, now=now)
    except ConsultationNotFound:
        return None
    return await working_hours.of_round(db, consultation_id=consultation.id)


def _row(one: Planned, way: str, now: datetime) -> dict[str, Any]:
    return {
        "id": uuid4(),
        "key": one.key,
        "way": way,
        "kind": one.kind,
        "planned_at": now,
        "expires_at": one.expires_at,
        "said": dict(one.said),
        "covers_until": one.covers_until,
        "warns_until": one.warns_until,
        "state": NoticeState.PLANNED,
        "attempts": 0,
    }
