"""Planning: putting what is to be told into the ledger, each thing once for each person.

A sweep looks for it in the rows that say so, registrations and webinars. So it survives restarts,
follows a beginning that was moved, and no lower layer has to know of notices.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import and_, false, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import FeedbackItem, Notice, Registration, Webinar
from models.vocabulary import NoticeChannel, NoticeKind, NoticeState, RegistrationState
from services import jobs
from services.notices import following_up
from services.notices.dues import BATCH, Due, confirmed
from services.notices.occasions import LEADS, OF_USE_UNTIL
from services.runtime.dialects import insert

SEND = "send_notice"
"""The kind of job that sends."""

FRESH = timedelta(days=1)
"""A seat that was given longer ago is no news."""

LONGEST_CALL = timedelta(minutes=2)
"""An attempt without an end that is older than this was cut off: no call lasts as long."""

SEAT_NEWS = (NoticeKind.SEAT_CONFIRMED, NoticeKind.SEAT_APPROVED, NoticeKind.SEAT_PROMOTED)

DECISIONS = {
    NoticeKind.LINE_APPROVED: RegistrationState.WAITING,
    NoticeKind.REGISTRATION_DECLINED: RegistrationState.DECLINED,
}
"""Decisions of ours that give no seat, and the state they leave."""


async def due(db: AsyncSession, *, now: datetime) -> list[Due]:
    """Give what is to be told and not in the ledger yet; it only reads."""
    found = await _cancelled(db, now)
    for kind in SEAT_NEWS:
        found += await _new_seats(db, kind, now)
    for kind in LEADS:
        for webinar in await _beginning(db, kind, now):
            found += await _to_remind(db, webinar, kind)
    for kind in DECISIONS:
        found += await _decided(db, kind, now)
    return found + await following_up.due(db, now=now)


async def plan(db: AsyncSession, found: Sequence[Due], *, now: datetime) -> int:
    """Write the rows that are not there yet, queue their jobs, and tell how many they were.

    The constraint decides, however many sweeps plan the same at once.
    """
    if not found:
        return 0
    rows = [
        {
            "id": uuid4(),
            "visitor_id": one.visitor_id,
            "kind": one.kind,
            "subject_id": one.subject_id,
            "planned_at": now,
            "state": NoticeState.PLANNED,
            "tried": [],
        }
        for one in found
    ]
    statement = insert(db, Notice).values(rows).on_conflict_do_nothing().returning(Notice.id)
    fresh = list(await db.scalars(statement))
    for notice_id in fresh:
        await enqueue(db, notice_id)
    return len(fresh)


async def stranded(db: AsyncSession, *, now: datetime) -> list[UUID]:
    """Give the notices that should be done or whose delivery decides, and that no job waits for.

    It only reads. Those whose job waits may be thousands, while a mail server is silent.
    """
    found = await db.scalars(
        select(Notice.id).where(
            Notice.state.in_([NoticeState.PLANNED, NoticeState.SENDING]),
            or_(
                Notice.planned_at <= now - LONGEST_CALL,
                Notice.channel == NoticeChannel.CONVERSATION,
            ),
        )
    )
    waiting = await jobs.waiting_keys(db, SEND)
    return [notice_id for notice_id in found if _key(notice_id) not in waiting]


async def comment_answered(db: AsyncSession, *, item: FeedbackItem, now: datetime) -> bool:
    """Have the sender of a comment told, once, that it was answered.

    False where nobody can be told: it was sent anonymously, or they were told before.
    """
    if item.visitor_id is None:
        return False
    told = Due(NoticeKind.COMMENT_ANSWERED, item.visitor_id, item.id)
    return await plan(db, [told], now=now) > 0


async def _new_seats(db: AsyncSession, kind: NoticeKind, now: datetime) -> list[Due]:
    at_once = Registration.confirmed_at == Registration.registered_at
    approved = func.coalesce(Registration.confirmed_at == Registration.decided_at, false())
    which = {
        NoticeKind.SEAT_CONFIRMED: and_(at_once, ~approved),
        NoticeKind.SEAT_APPROVED: approved,
        NoticeKind.SEAT_PROMOTED: and_(~at_once, ~approved),
    }
    return await confirmed(
        db,
        kind,
        and_(
            which[kind],
            Registration.confirmed_at > now - FRESH,
            Webinar.starts_at > now,
        ),
        told=SEAT_NEWS,
    )


async def _cancelled(db: AsyncSession, now: datetime) -> list[Due]:
    """Give who gave up a seat that a mail of ours has put into their calendar."""
    about = Notice.subject_id == Registration.id
    mailed = select(Notice.id).where(
        about,
        Notice.kind.in_(SEAT_NEWS),
        Notice.channel == NoticeChannel.EMAIL,
        Notice.state.in_([NoticeState.SENT, NoticeState.UNKNOWN]),
    )
    told = select(Notice.id).where(about, Notice.kind == NoticeKind.SEAT_CANCELLED)
    found = await db.execute(
        select(Registration.visitor_id, Registration.id)
        .join(Webinar, Webinar.id == Registration.webinar_id)
        .where(
            Registration.state == RegistrationState.CANCELLED,
            Registration.cancelled_at > now - FRESH,
            Webinar.starts_at > now,
            mailed.exists(),
            ~told.exists(),
        )
        .order_by(Registration.id)
        .limit(BATCH)
    )
    kind = NoticeKind.SEAT_CANCELLED
    return [Due(kind, visitor_id, registration_id) for visitor_id, registration_id in found]


async def _beginning(db: AsyncSession, kind: NoticeKind, now: datetime) -> list[Webinar]:
    """Give the webinars of which a kind of reminder is due."""
    of_use_until = OF_USE_UNTIL.get(kind, timedelta(0))
    found = await db.scalars(
        select(Webinar).where(
            Webinar.retired.is_(False),
            Webinar.starts_at <= now + LEADS[kind],
            Webinar.starts_at > now + of_use_until,
        )
    )
    return list(found)


async def _to_remind(db: AsyncSession, webinar: Webinar, kind: NoticeKind) -> list[Due]:
    """Give who has a seat since before the reminder was due; later ones have just been told."""
    due_at = webinar.starts_at - LEADS[kind]
    here = and_(Webinar.id == webinar.id, Registration.confirmed_at < due_at)
    return await confirmed(db, kind, here, told=(kind,))


async def _decided(db: AsyncSession, kind: NoticeKind, now: datetime) -> list[Due]:
    lately = and_(Registration.decided_at > now - FRESH, Webinar.starts_at > now)
    return await confirmed(db, kind, lately, told=(kind,), state=DECISIONS[kind])


async def enqueue(db: AsyncSession, notice_id: UUID) -> None:
    """Queue the job that sends a notice; while it waits, once more does nothing."""
    await jobs.enqueue(db, SEND, key=_key(notice_id), notice_id=str(notice_id))


def _key(notice_id: UUID) -> str:
    return f"{SEND}:{notice_id}"
