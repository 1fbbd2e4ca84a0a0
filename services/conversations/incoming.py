"""What a stored push leads to: a conversation, its messages, what may be sent, what must go.

Derived from the inbox in the order of arrival, each push exactly once: a push and all that follows
from it are one transaction, and its `derived_at` is part of it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TypeGuard
from uuid import uuid4

import structlog
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.exc import (
    InterfaceError,
    InternalError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncSession

from models import Conversation, Message, Push
from models.vocabulary import (
    Account,
    AnswerKind,
    Author,
)
from services import jobs, visits
from services.conversations import acts, changes, chat_drafts, kept_replies, quota, sending
from services.conversations.acts import Happening
from services.conversations.auto_replies import Rulebook, Talk
from services.conversations.rulebooks import RulebookInForce
from services.runtime import logging
from services.runtime.dialects import by_bytes, insert
from services.wechat import pushes, replies

BATCH = 200
"""Pushes derived in one transaction."""

LATE = timedelta(seconds=20)
"""How long a late reply waits for WeChat to ask again: three times in all, 5 s apart."""

HEARD_ELSEWHERE = {
    "subscribe_msg_popup_event": "hear_subscriptions",
    "subscribe_msg_change_event": "hear_subscriptions",
    "wxa_media_check": "hear_media_check",
}
"""Kinds of job for events that are no conversation's; what does them is above this layer."""

TURN = 0x4153_4901
"""PostgreSQL's advisory lock of whoever derives: one at a time keeps the order of arrival."""

log = structlog.get_logger(__name__)

NO_PUSHS_FAULT = (
    OperationalError,
    InterfaceError,
    InternalError,
    ProgrammingError,
    NotSupportedError,
    PoolTimeout,
    OSError,
)
"""What the database says when it is away, or not as this version needs it."""


async def derive(
    db: AsyncSession, *, now: datetime, books: RulebookInForce, limit: int = BATCH
) -> int:
    """Derive what waits, oldest first, and tell how many pushes that were.

    Gives 0 while another process is at it.
    """
    if not await _take_turn(db):
        return 0
    waiting = select(Push).where(Push.derived_at.is_(None)).order_by(Push.id).limit(limit)
    rows = list(await db.scalars(waiting))
    if rows:
        await _derive(db, rows, book=await books.at(await db.connection(), now), now=now)
    return len(rows)


async def derive_apart(db: AsyncSession, *, now: datetime, books: RulebookInForce) -> int:
    """Derive the oldest push by itself, though it may fail; gives 0 where none waits.

    Where its answer or its draft is at fault, it is taken in without them and waits for a person.
    Where nothing can follow from it, it is set aside: its row stays as it came.
    """
    if not await _take_turn(db):
        return 0
    push_id = await db.scalar(select(func.min(Push.id)).where(Push.derived_at.is_(None)))
    if push_id is None:
        return 0
    # A book that cannot be read is no push's fault: then all of them wait.
    book = await books.at(await db.connection(), now)
    for answering in (book, None):
        row = await db.get_one(Push, push_id, populate_existing=True)
        try:
            async with db.begin_nested():
                await _derive(db, [row], book=answering, now=now)
        except NO_PUSHS_FAULT:
            raise
        except Exception as error:  # noqa: BLE001 - whatever the push holds, the others go on
            _complain(push_id, error, answering=answering is not None)
        else:
            return 1
    await _settle(db, [push_id], now)
    return 1


async def send_late_replies(db: AsyncSession, *, now: datetime) -> int:
    """Queue the replies that no delivery has taken as customer-service messages.

    Where the window is shut meanwhile, the reply is dropped: the ledger knows before WeChat does.
    """
    found = await db.scalars(
        select(Push)
        .where(Push.late, Push.derived_at.is_not(None), Push.received_at <= now - LATE)
        .order_by(Push.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    sent = 0
    for row in found:
        row.late = False
        conversation = await _conversation_of(db, row)
        reply = kept_replies.from_json(row.reply)
        if conversation is None or reply is None or isinstance(reply, replies.TransferReply):
            continue
        # What derivation wrote down as answered was not: it is said now, or never.
        untold = delete(Message).where(
            Message.push_id == row.id, Message.author == Author.AUTOMATIC
        )
        await db.execute(untold, execution_options={"synchronize_session": False})
        if quota.left_for(Author.AUTOMATIC, conversation, now=now):
            await sending.queue(
                db, conversation=conversation, reply=reply, author=Author.AUTOMATIC, now=now
            )
            sent += 1
    return sent


async def _take_turn(db: AsyncSession) -> bool:
    if db.get_bind().dialect.name == "sqlite":
        return True  # the one writing connection is the turn
    taken: bool = await db.scalar(text("SELECT pg_try_advisory_xact_lock(:turn)"), {"turn": TURN})
    return taken


async def _derive(
    db: AsyncSession, rows: Sequence[Push], *, book: Rulebook | None, now: datetime
) -> None:
    acted = [(row, push) for row in rows if (push := _act(row)) is not None]
    conversations = await _conversations(db, acted)
    for row, push in acted:
        conversation = conversations[row.account, acts.visitor(push)]
        await _derive_one(push, Happening(db, row, conversation, now), book)
    scans = [(push.scene, row.received_at) for row, push in acted if _is_scan(push) and push.scene]
    await visits.count_scans(db, scans=scans)
    for row in rows:
        if kind := HEARD_ELSEWHERE.get(row.name):
            await jobs.enqueue(db, kind, key=f"{kind}:{row.id}", push_id=row.id)
    await _settle(db, [row.id for row in rows], now)


async def _settle(db: AsyncSession, push_ids: Sequence[int], now: datetime) -> None:
    done = update(Push).where(Push.id.in_(push_ids)).values(derived_at=now)
    await db.execute(done, execution_options={"synchronize_session": False})


async def _derive_one(push: pushes.Push, this: Happening, book: Rulebook | None) -> None:
    await acts.happen(push, this)
    if book is None:
        _take_over_reply(this)
        acts.hand_over(push, this)
    else:
        await _answer(push, this, book)
        await chat_drafts.follow(push, this, book.drafting)
        acts.wait_for_a_person(push, this)
    changes.note(this.conversation, now=this.now)


def _complain(push_id: int, error: Exception, *, answering: bool) -> None:
    log.error("push_not_derived", push=push_id, answering=answering, error=logging.place(error))


def _is_scan(push: pushes.Push) -> TypeGuard[pushes.Followed | pushes.Scanned]:
    return isinstance(push, pushes.Followed | pushes.Scanned)


def _act(row: Push) -> pushes.Push | None:
    """Read what somebody did; None for what belongs into no conversation, or cannot be read."""
    if row.body is None:
        return None
    try:
        push = pushes.read(row.body.encode())
    except pushes.PushUnreadable:
        return None
    return push if acts.belongs(push) else None


async def _answer(push: pushes.Push, this: Happening, book: Rulebook) -> None:
    """Put the answer into the conversation; in the mini-program it has yet to be sent."""
    if this.row.account is Account.OFFICIAL_ACCOUNT:
        _take_over_reply(this)
        return
    talk = Talk(
        default_replied_at=this.conversation.default_replied_at,
        person_until=this.conversation.person_until,
    )
    answer = book.answer(push, talk, this.now)
    if answer.kind in {AnswerKind.DEFAULT, AnswerKind.OUT_OF_HOURS}:
        this.conversation.default_replied_at = this.now
    this.row.answer = answer.kind
    if answer.reply is None or isinstance(answer.reply, replies.TransferReply):
        return
    if quota.left_for(Author.AUTOMATIC, this.conversation, now=this.now):
        await sending.queue(
            this.db,
            conversation=this.conversation,
            reply=answer.reply,
            author=Author.AUTOMATIC,
            now=this.now,
        )


def _take_over_reply(this: Happening) -> None:
    """Put into the conversation what the official account has answered at once."""
    reply = kept_replies.from_json(this.row.reply)
    if reply is not None and not isinstance(reply, replies.TransferReply):
        message = sending.message_of(this.conversation, reply, Author.AUTOMATIC, now=this.now)
        message.push_id = this.row.id
        this.db.add(message)


async def _conversations(
    db: AsyncSession, acted: Sequence[tuple[Push, pushes.Push]]
) -> dict[tuple[Account, str], Conversation]:
    """Give the conversation of each act, locked, those that begin with it too."""
    parties = sorted({(row.account, acts.visitor(push)) for row, push in acted})
    if not parties:
        return {}
    begun = [
        {"id": uuid4(), "account": account, "openid": openid, "unread": 0, "window_left": 0}
        for account, openid in parties
    ]
    # Reception writes some of them too and in this order: in another they would lock each other.
    await db.execute(
        insert(db, Conversation).on_conflict_do_nothing(index_elements=["account", "openid"]), begun
    )
    found = await db.scalars(
        select(Conversation)
        .where(Conversation.openid.in_({openid for _, openid in parties}))
        .order_by(Conversation.account, by_bytes(db, Conversation.openid))
        .with_for_update()
    )
    return {(item.account, item.openid): item for item in found if item.openid is not None}


async def _conversation_of(db: AsyncSession, row: Push) -> Conversation | None:
    found: Conversation | None = await db.scalar(
        select(Conversation)
        .where(Conversation.account == row.account, Conversation.openid == row.openid)
        .with_for_update()
    )
    return found
