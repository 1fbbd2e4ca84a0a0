"""Sending: what is written down before and after each call, so that nothing is told twice."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from models import StaffNotice
from models.vocabulary import NoticeState
from services.staff_notices import planning, wording
from services.staff_notices.planning import LONGEST_CALL, OPEN, Planned
from services.staff_notices.ways import ROBOT, Outcome, Ways, Words

LONGEST_REASON = 40
NOT_SURELY_TOLD = (NoticeState.FAILED, NoticeState.UNKNOWN, NoticeState.NONE)


@dataclass(frozen=True)
class Parcel:
    """What a job is to send, and by which way."""

    notice_id: UUID
    way: str
    words: Words


async def begin(db: AsyncSession, *, notice_id: UUID, ways: Ways, now: datetime) -> Parcel | None:
    """Write down that a call is about to be made, and give what to send; None for nothing."""
    notice = await db.get(StaffNotice, notice_id, with_for_update=True)
    if notice is None or notice.state not in OPEN:
        return None
    if notice.state is NoticeState.SENDING:
        # A younger one is being made at this moment, by a worker that has lost its lease perhaps.
        if notice.began_at is None or now - notice.began_at >= LONGEST_CALL:
            await _end(db, notice, Outcome(NoticeState.UNKNOWN, "cut_off"), ways=ways, now=now)
        return None
    words = await wording.words(db, notice=notice, desk=ways.desk)
    if words is None or now >= notice.expires_at:
        reason = notice.reason or "too_late" if words else "gone"
        await _end(db, notice, Outcome(NoticeState.NONE, reason), ways=ways, now=now)
        return None
    notice.state, notice.began_at = NoticeState.SENDING, now
    notice.attempts += 1
    return Parcel(notice.id, notice.way, words)


async def finish(
    db: AsyncSession, *, notice_id: UUID, outcome: Outcome, ways: Ways, now: datetime
) -> None:
    """Write down what came of a call."""
    notice = await db.get(StaffNotice, notice_id, with_for_update=True)
    if notice is None:
        return
    if outcome.state is not NoticeState.PLANNED:
        await _end(db, notice, outcome, ways=ways, now=now)
        return
    notice.state, notice.reason, notice.began_at = outcome.state, _short(outcome.reason), None


async def _end(
    db: AsyncSession, notice: StaffNotice, outcome: Outcome, *, ways: Ways, now: datetime
) -> None:
    notice.state, notice.finished_at = outcome.state, now
    notice.reason = _short(outcome.reason)
    if notice.way != ROBOT or outcome.state not in NOT_SURELY_TOLD or now >= notice.expires_at:
        return
    # Read twice is better than not at all: these are numbers for our own people.
    again = Planned(
        key=notice.key,
        kind=notice.kind,
        said=notice.said,
        expires_at=notice.expires_at,
        covers_until=notice.covers_until,
        warns_until=notice.warns_until,
    )
    await db.flush()
    await planning.plan(db, [again], ways=ways.mails, now=now)


def _short(reason: str | None) -> str | None:
    return reason[:LONGEST_REASON] if reason else None
