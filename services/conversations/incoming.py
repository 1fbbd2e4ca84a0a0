"""What a stored push leads to: a conversation, its messages, what may be sent, what must go.

Derived from the inbox in the order of arrival, each push exactly once: a push and all that follows
from it are one transaction, and its `derived_at` is part of it.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from models import Conversation, Push
from models.vocabulary import (
    Account,
    AnswerKind,
    Author,
)
from services.conversations import acts, kept_replies, quota, rulebooks, sending
from services.conversations.acts import Happening
from services.conversations.auto_replies import Rulebook, Talk
from services.wechat import pushes, replies

BATCH = 200
"""Pushes derived in one transaction."""

LATE = timedelta(seconds=20)
"""How long a late reply waits for WeChat to ask again: three times in all, 5 s apart."""

TURN = 0x4153_4901
"""PostgreSQL's advisory lock of whoever derives: one at a time keeps the order of arrival."""


async def derive(
    db: AsyncSession, *, now: datetime, link: Callable[[str], str], limit: int = BATCH
) -> int:
    """Derive what waits, oldest first, and tell how many pushes that were.

    Gives 0 while another process is at it.
    """
    if not await _take_turn(db):
        return 0
    waiting = await db.scalars(
        select(Push).where(Push.derived_at.is_(None)).order_by(Push.id).limit(limit)
    )
    rows = list(waiting)
    if not rows:
        return 0
    known = await _conversations(db, rows)
    book = await rulebooks.load(db, now=now, link=link)
    for row in rows:
        await _derive_one(db, row, known=known, book=book, now=now)
        row.derived_at = now
    return len(rows)


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
        if conversation is None or reply is None:
            continue
        if quota.standing(conversation, now=now).left:
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


async def _derive_one(
    db: AsyncSession,
    row: Push,
    *,
    known: dict[tuple[Account, str], Conversation],
    book: Rulebook,
    now: datetime,
) -> None:
    push = _read(row)
    if push is None or not acts.belongs(push):
        return
    openid = acts.visitor(push)
    conversation = known.get((row.account, openid))
    if conversation is None:
        conversation = Conversation(account=row.account, openid=openid)
        db.add(conversation)
        await db.flush()
        known[row.account, openid] = conversation
    happening = Happening(db, row, conversation, now)
    await acts.happen(push, happening)
    await _answer(push, happening, book)
    acts.wait_for_a_person(push, happening)


def _read(row: Push) -> pushes.Push | None:
    if row.body is None:
        return None
    try:
        return pushes.read(row.body.encode())
    except pushes.PushUnreadable:
        return None


async def _answer(push: pushes.Push, this: Happening, book: Rulebook) -> None:
    """Put the answer into the conversation; in the mini-program it has yet to be sent."""
    if this.row.account is Account.OFFICIAL_ACCOUNT:
        reply = kept_replies.from_json(this.row.reply)
        if reply is not None and not isinstance(reply, replies.TransferReply):
            message = sending.message_of(this.conversation, reply, Author.AUTOMATIC, now=this.now)
            message.push_id = this.row.id
            this.db.add(message)
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
    if quota.standing(this.conversation, now=this.now).left:
        await sending.queue(
            this.db,
            conversation=this.conversation,
            reply=answer.reply,
            author=Author.AUTOMATIC,
            now=this.now,
        )


async def _conversations(
    db: AsyncSession, rows: Sequence[Push]
) -> dict[tuple[Account, str], Conversation]:
    openids = {row.openid for row in rows if row.openid}
    found = await db.scalars(
        select(Conversation).where(Conversation.openid.in_(openids)).with_for_update()
    )
    return {(item.account, item.openid): item for item in found if item.openid is not None}


async def _conversation_of(db: AsyncSession, row: Push) -> Conversation | None:
    found: Conversation | None = await db.scalar(
        select(Conversation)
        .where(Conversation.account == row.account, Conversation.openid == row.openid)
        .with_for_update()
    )
    return found
