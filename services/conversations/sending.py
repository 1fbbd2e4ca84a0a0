"""Sending: a message is queued when the ledger allows it, and sent by a job.

A customer-service message cannot be sent twice to make sure. So each call is written down before
it is made: one whose outcome nobody knows is `unknown`, for a person to see, and never repeated.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import Conversation, Delivery, DeliveryAttempt, Message
from models.vocabulary import Account, Author, ConversationStatus, DeliveryState, MessageKind
from services import jobs
from services.conversations import changes, kept_replies, quota
from services.errors import Conflict, NotFound
from services.wechat import replies

DELIVER = "deliver"
"""The kind of job that sends."""

LONGEST_CALL = timedelta(minutes=2)
"""An attempt without an end that is older than this was cut off: no call lasts as long."""


class WindowShut(Conflict):
    """WeChat lets nothing more be sent to this visitor until they write again."""

    code = "window_shut"


class DeliveryNotFound(NotFound):
    """There is no such delivery."""

    code = "delivery_not_found"


@dataclass(frozen=True)
class Parcel:
    """What a job is to send, and to whom."""

    delivery_id: UUID
    attempt_id: UUID
    account: Account
    openid: str
    reply: replies.Reply


@dataclass(frozen=True)
class Outcome:
    """What came of one call."""

    state: DeliveryState
    """`queued` when WeChat surely has not taken it and it may be tried again."""

    errcode: int | None = None
    rid: str | None = None
    shut: bool = False
    """WeChat says that nothing more may be sent."""


async def queue(
    db: AsyncSession,
    *,
    conversation: Conversation,
    reply: replies.Reply,
    author: Author,
    now: datetime,
) -> Message:
    """Put a message into the conversation and queue its delivery.

    The caller has locked the conversation, so that two of them cannot spend the last message.

    Raises:
        WindowShut
    """
    standing = quota.standing(conversation, now=now)
    if standing.closes_at is None or not quota.left_for(author, conversation, now=now):
        raise WindowShut
    quota.spend(conversation)
    message = message_of(conversation, reply, author, now=now)
    conversation.last_message_at = now
    changes.note(conversation, now=now)
    db.add(message)
    await db.flush()
    delivery = Delivery(message_id=message.id, queued_at=now, expires_at=standing.closes_at)
    db.add(delivery)
    await db.flush()
    await _enqueue(db, delivery)
    return message


async def begin(db: AsyncSession, *, delivery_id: UUID, now: datetime) -> Parcel | None:
    """Write down that a call is about to be made, and give what to send.

    None when there is nothing to do: it is done, its time is over, or a call was cut off and nobody
    knows its outcome.

    Raises:
        DeliveryNotFound
    """
    delivery = await db.get(Delivery, delivery_id, with_for_update=True)
    if delivery is None:
        raise DeliveryNotFound
    if delivery.state is DeliveryState.SENDING:
        await _give_up_cut_off(db, delivery, now)
    if delivery.state is not DeliveryState.QUEUED:
        return None
    message = await db.get_one(Message, delivery.message_id)
    conversation = await db.get_one(Conversation, message.conversation_id, with_for_update=True)
    if conversation.openid is None or now >= delivery.expires_at:
        delivery.state, delivery.finished_at = DeliveryState.EXPIRED, now
        _come_to_nothing(conversation, message, now=now)
        return None
    delivery.state = DeliveryState.SENDING
    attempt = DeliveryAttempt(delivery_id=delivery.id, began_at=now)
    db.add(attempt)
    return Parcel(
        delivery_id=delivery.id,
        attempt_id=attempt.id,
        account=conversation.account,
        openid=conversation.openid,
        reply=reply_of(message),
    )


async def finish(db: AsyncSession, *, parcel: Parcel, outcome: Outcome, now: datetime) -> None:
    """Write down what came of a call, and let the ledger learn from it, once."""
    delivery = await db.get_one(Delivery, parcel.delivery_id, with_for_update=True)
    attempt = await db.get_one(DeliveryAttempt, parcel.attempt_id)
    if attempt.ended_at is not None:
        return  # the commit only seemed to fail
    attempt.ended_at, attempt.errcode = now, outcome.errcode
    delivery.state, delivery.errcode, delivery.rid = outcome.state, outcome.errcode, outcome.rid
    if outcome.state is DeliveryState.QUEUED:
        return
    delivery.finished_at = now
    message = await db.get_one(Message, delivery.message_id)
    conversation = await db.get_one(Conversation, message.conversation_id, with_for_update=True)
    if outcome.shut:
        quota.shut(conversation)
    elif outcome.state is DeliveryState.FAILED:
        quota.give_back(conversation)
    if outcome.state is DeliveryState.SENT:
        changes.note(conversation, now=now)
    else:
        _come_to_nothing(conversation, message, now=now)


async def stranded(db: AsyncSession, *, now: datetime) -> list[UUID]:
    """Give the deliveries that should long have been made, for the sweep to queue again."""
    found = await db.scalars(
        select(Delivery.id).where(
            Delivery.state.in_([DeliveryState.QUEUED, DeliveryState.SENDING]),
            Delivery.queued_at <= now - LONGEST_CALL,
        )
    )
    return list(found)


async def requeue(db: AsyncSession, *, delivery_id: UUID) -> None:
    """Queue the job of a delivery again; nothing happens where it is queued already."""
    await _enqueue(db, await db.get_one(Delivery, delivery_id))


def message_of(
    conversation: Conversation, reply: replies.Reply, author: Author, *, now: datetime
) -> Message:
    """Make of something said to a visitor the message that is kept."""
    kind, words = MessageKind.OTHER, None
    match reply:
        case replies.TextReply():
            kind, words = MessageKind.TEXT, reply.text
        case replies.NewsReply():
            kind, words = MessageKind.NEWS, reply.title
        case _:
            pass
    return Message(
        conversation_id=conversation.id,
        author=author,
        kind=kind,
        said_at=now,
        text=words,
        details=None if kind is MessageKind.TEXT else kept_replies.to_json(reply),
    )


def reply_of(message: Message) -> replies.Reply:
    """Give what a kept message says, to send it."""
    known = kept_replies.from_json(message.details)
    return known or replies.TextReply(text=message.text or "")


async def _enqueue(db: AsyncSession, delivery: Delivery) -> None:
    await jobs.enqueue(
        db,
        DELIVER,
        key=f"{DELIVER}:{delivery.id}",
        delivery_id=str(delivery.id),
    )


async def _give_up_cut_off(db: AsyncSession, delivery: Delivery, now: datetime) -> None:
    began_at = await db.scalar(
        select(DeliveryAttempt.began_at)
        .where(DeliveryAttempt.delivery_id == delivery.id, DeliveryAttempt.ended_at.is_(None))
        .order_by(DeliveryAttempt.began_at.desc())
        .limit(1)
    )
    # A younger one is being made at this moment, by a worker that has lost its lease perhaps.
    if began_at is None or now - began_at >= LONGEST_CALL:
        delivery.state, delivery.finished_at = DeliveryState.UNKNOWN, now
        message = await db.get_one(Message, delivery.message_id)
        conversation = await db.get_one(Conversation, message.conversation_id, with_for_update=True)
        _come_to_nothing(conversation, message, now=now)


def _come_to_nothing(conversation: Conversation, message: Message, *, now: datetime) -> None:
    """Let a visitor wait again whose answer by a person did not arrive, or perhaps not."""
    if message.author is Author.STAFF and conversation.openid is not None:
        conversation.status = ConversationStatus.OPEN
        conversation.waiting_since = conversation.waiting_since or message.said_at
    changes.note(conversation, now=now)
