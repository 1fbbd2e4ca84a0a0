"""Sending: what is written down before and after each call, so that nothing is sent twice.

A call whose outcome nobody knows ends as `unknown` and is never repeated. What was surely not taken
tries the next channel.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import Delivery, Notice
from models.vocabulary import DeliveryState, NoticeChannel, NoticeState
from services.notices import channels, occasions, permits
from services.notices.channels import Errand, InConversation, Means, Subscription
from services.notices.occasions import Occasion
from services.notices.planning import LONGEST_CALL
from services.runtime.mail import Mail

LONGEST_REASON = 40


@dataclass(frozen=True)
class Parcel:
    """What a job is to send."""

    notice_id: UUID
    content: Subscription | Mail
    began_at: datetime
    """Of which call it is."""


@dataclass(frozen=True)
class Outcome:
    """What came of one call."""

    state: NoticeState
    """`sent` or `unknown`; `planned` when it was surely not taken and may be tried again the same
    way; `failed` when this channel will never take it."""

    reason: str | None = None
    permits_gone: bool = False
    """WeChat says that the person has allowed nothing more."""


async def begin(db: AsyncSession, *, notice_id: UUID, means: Means, now: datetime) -> Parcel | None:
    """Choose a channel, write down that a call is about to be made, and give what to send.

    None when there is nothing to call for: it is over, not due, or a conversation has taken it.
    """
    notice = await db.get(Notice, notice_id, with_for_update=True)
    if notice is None:
        return None  # its visitor was erased
    if notice.state is NoticeState.SENDING:
        await _settle(db, notice, now)
    if notice.state is not NoticeState.PLANNED:
        return None
    occasion = await occasions.of(db, notice=notice)
    if occasion is None or (void := _void(occasion, now)):
        _end(notice, NoticeState.NONE, now=now, reason=void if occasion else "gone")
        return None
    if now < occasion.due_at:
        # The beginning was moved: it is planned anew when it is due.
        await db.delete(notice)
        return None
    notice.visitor_id = occasion.visitor.id
    return await _go(Errand(db, occasion, means, now))


async def finish(db: AsyncSession, *, parcel: Parcel, outcome: Outcome, now: datetime) -> None:
    """Write down what came of a call, once: a later call of the same notice is not its own."""
    notice = await db.get(Notice, parcel.notice_id, with_for_update=True)
    if notice is None or notice.state is not NoticeState.SENDING:
        return
    if notice.channel is None or notice.began_at != parcel.began_at:
        return
    if outcome.state in {NoticeState.SENT, NoticeState.UNKNOWN}:
        _end(notice, outcome.state, now=now, reason=outcome.reason)
        return
    if notice.permit_id is not None:
        await permits.give_back(db, permit_id=notice.permit_id)
    if outcome.permits_gone and isinstance(parcel.content, Subscription):
        gone = parcel.content.template_id
        await permits.end_all(db, visitor_id=notice.visitor_id, template_id=gone, now=now)
    if outcome.state is NoticeState.FAILED:
        notice.tried = [*notice.tried, notice.channel.value]
    notice.state, notice.reason = NoticeState.PLANNED, _short(outcome.reason)
    notice.channel = notice.permit_id = notice.began_at = None


async def _go(this: Errand) -> Parcel | None:
    notice = this.occasion.notice
    chosen = await channels.first_open(this)
    if chosen is None:
        state = NoticeState.FAILED if notice.tried else NoticeState.NONE
        _end(notice, state, now=this.now, reason=notice.reason or "no_channel")
        return None
    channel, content = chosen
    notice.state, notice.channel, notice.began_at = NoticeState.SENDING, channel, this.now
    if isinstance(content, InConversation):
        notice.message_id = content.message_id
        return None
    return Parcel(notice.id, content, began_at=this.now)


def _void(occasion: Occasion, now: datetime) -> str | None:
    """Give one word for why a notice is pointless by now, None when it is not."""
    return occasion.void or ("too_late" if now >= occasion.expires_at else None)


async def _settle(db: AsyncSession, notice: Notice, now: datetime) -> None:
    """End what was under way: by its delivery, or as unknown when the call was cut off."""
    if notice.channel is NoticeChannel.CONVERSATION:
        await _follow_delivery(db, notice, now)
    # A younger one is being made at this moment, by a worker that has lost its lease perhaps.
    elif notice.began_at is None or now - notice.began_at >= LONGEST_CALL:
        _end(notice, NoticeState.UNKNOWN, now=now, reason="cut_off")


async def _follow_delivery(db: AsyncSession, notice: Notice, now: datetime) -> None:
    """Take over how the message's delivery went; where it was not taken, the next channel may."""
    found = await db.scalar(select(Delivery.state).where(Delivery.message_id == notice.message_id))
    match found:
        case DeliveryState.QUEUED | DeliveryState.SENDING:
            return
        case DeliveryState.SENT:
            _end(notice, NoticeState.SENT, now=now)
        case DeliveryState.UNKNOWN:
            _end(notice, NoticeState.UNKNOWN, now=now, reason="cut_off")
        case _:
            notice.state, notice.reason = NoticeState.PLANNED, "delivery_failed"
            notice.tried = [*notice.tried, NoticeChannel.CONVERSATION.value]
            notice.channel = notice.began_at = None


def _end(notice: Notice, state: NoticeState, *, now: datetime, reason: str | None = None) -> None:
    notice.state, notice.finished_at, notice.reason = state, now, _short(reason)


def _short(reason: str | None) -> str | None:
    return reason[:LONGEST_REASON] if reason else None
