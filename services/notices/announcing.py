"""Announcing: what somebody of ours writes to all, in the ledger, and how that went."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import Announcement, Notice, Registration, Webinar
from models.vocabulary import NoticeChannel, NoticeKind, NoticeState
from services.notices.planning import enqueue

LISTED = 10
NOT_REACHED = (NoticeState.FAILED, NoticeState.NONE, NoticeState.UNKNOWN)

_BEGINS_AS = {
    NoticeChannel.CONVERSATION: NoticeState.SENDING,
    NoticeChannel.EMAIL: NoticeState.PLANNED,
    None: NoticeState.NONE,
}


@dataclass(frozen=True)
class Addressee:
    """Somebody an announcement is for, and the way it goes to them first; None where none is."""

    registration: Registration
    channel: NoticeChannel | None
    message_id: UUID | None = None
    """What a conversation has taken already, whose delivery decides."""


@dataclass(frozen=True)
class Announced:
    """An announcement, and how far it has come."""

    announcement: Announcement
    conversation: int = 0
    """Sent into conversations."""

    email: int = 0
    """Sent by mail."""

    under_way: int = 0
    failed: int = 0
    unknown: int = 0
    """They may have got it or not: it is not sent again."""

    none: int = 0
    """No way was open, or it had become pointless for them."""


async def announce(
    db: AsyncSession, *, announcement: Announcement, to: Sequence[Addressee], now: datetime
) -> None:
    """Write down who is to get an announcement, once each, and queue the mails among them."""
    db.add(announcement)
    await db.flush()
    rows = [_row(announcement, one, now) for one in to]
    if rows:
        await db.execute(insert(Notice), rows)
    for row in rows:
        if row["state"] is NoticeState.PLANNED:
            await enqueue(db, row["id"])


async def of_webinar(db: AsyncSession, *, webinar: Webinar) -> list[Announced]:
    """Give what was announced to a webinar's people, newest first, and how far each has come."""
    found = await db.scalars(
        select(Announcement)
        .where(Announcement.webinar_id == webinar.id)
        .order_by(Announcement.made_at.desc(), Announcement.id)
        .limit(LISTED)
    )
    announcements = list(found)
    counted: dict[UUID, dict[str, int]] = {}
    rows = await db.execute(
        select(Notice.subject_id, Notice.state, Notice.channel, func.count())
        .where(
            Notice.kind == NoticeKind.ANNOUNCEMENT,
            Notice.subject_id.in_([one.id for one in announcements]),
        )
        .group_by(Notice.subject_id, Notice.state, Notice.channel)
    )
    for announcement_id, state, channel, number in rows:
        sums = counted.setdefault(announcement_id, {})
        place = _place(state, channel)
        sums[place] = sums.get(place, 0) + number
    return [Announced(one, **counted.get(one.id, {})) for one in announcements]


async def not_reached(db: AsyncSession, *, announcement_id: UUID) -> list[Registration]:
    """Give whom an announcement has surely or perhaps not reached, as they registered."""
    found = await db.scalars(
        select(Registration)
        .join(Notice, Notice.registration_id == Registration.id)
        .where(
            Notice.kind == NoticeKind.ANNOUNCEMENT,
            Notice.subject_id == announcement_id,
            Notice.state.in_(NOT_REACHED),
            func.coalesce(Notice.reason, "") != "cancelled",
        )
        .order_by(Registration.number)
    )
    return list(found)


def _row(announcement: Announcement, one: Addressee, now: datetime) -> dict[str, Any]:
    state = _BEGINS_AS[one.channel]
    way = one.channel if state is NoticeState.SENDING else None
    return {
        "id": uuid4(),
        "visitor_id": one.registration.visitor_id,
        "kind": NoticeKind.ANNOUNCEMENT,
        "subject_id": announcement.id,
        "registration_id": one.registration.id,
        "planned_at": now,
        "state": state,
        "channel": way,
        "tried": [],
        "message_id": one.message_id,
        "began_at": now if way else None,
        "finished_at": now if state is NoticeState.NONE else None,
        "reason": "no_channel" if state is NoticeState.NONE else None,
    }


def _place(state: NoticeState, channel: NoticeChannel | None) -> str:
    match state:
        case NoticeState.PLANNED | NoticeState.SENDING:
            return "under_way"
        case NoticeState.SENT:
            return "conversation" if channel is NoticeChannel.CONVERSATION else "email"
        case _:
            return state.value
