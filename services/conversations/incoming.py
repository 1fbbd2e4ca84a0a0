"""What a stored push leads to: a conversation, its messages, what may be sent, what must go.

Derived from the inbox in the order of arrival, each push exactly once: a push and all that follows
from it are one transaction, and its `derived_at` is part of it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import singledispatch
from typing import Any, NamedTuple

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from models import Conversation, Message, Push
from models.vocabulary import (
    Account,
    AnswerKind,
    Author,
    ErasureReason,
    MessageKind,
    WindowKind,
)
from services import jobs
from services.conversations import erasure, kept_replies, quota, rulebooks, sending
from services.conversations.auto_replies import Rulebook, Talk
from services.wechat import pushes, replies

BATCH = 200
"""Pushes derived in one transaction."""

LATE = timedelta(seconds=20)
"""How long a late reply waits for WeChat to ask again: three times in all, 5 s apart."""

FETCH_MEDIA = "fetch_media"
"""The kind of job that fetches a message's picture, voice or video."""

TURN = 0x4153_4901
"""PostgreSQL's advisory lock of whoever derives: one at a time keeps the order of arrival."""


@dataclass(frozen=True)
class Happening:
    """One push on its way into its conversation."""

    db: AsyncSession
    row: Push
    conversation: Conversation
    now: datetime


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
    if push is None or not _from_a_visitor(push):
        return
    openid = _visitor(push)
    conversation = known.get((row.account, openid))
    if conversation is None:
        conversation = Conversation(account=row.account, openid=openid)
        db.add(conversation)
        await db.flush()
        known[row.account, openid] = conversation
    happening = Happening(db, row, conversation, now)
    await _happen(push, happening)
    await _answer(push, happening, book)


def _read(row: Push) -> pushes.Push | None:
    if row.body is None:
        return None
    try:
        return pushes.read(row.body.encode())
    except pushes.PushUnreadable:
        return None


def _from_a_visitor(push: pushes.Push) -> bool:
    """Tell whether somebody did something; the platform pushes reports of its own as well."""
    return bool(_visitor(push)) and (isinstance(push, _ACTS) or _is_message(push))


def _is_message(push: pushes.Push) -> bool:
    """Tell whether it is something said, of a kind that is not known here perhaps."""
    unknown = isinstance(push, pushes.UnknownPush) and "MsgId" in push.fields
    return unknown or isinstance(push, pushes.Message)


def _visitor(push: pushes.Push) -> str:
    """Give whom a push is about: events about somebody's data come from the platform."""
    if isinstance(push, _ABOUT_DATA):
        return push.subject_openid or push.openid
    return push.openid


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
    _wait_for_a_person(push, this)
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


@singledispatch
async def _happen(push: pushes.Push, this: Happening) -> None:
    """Do what an act of the visitor leads to; nothing, for an act that has no rule below."""


@_happen.register(pushes.Message)
@_happen.register(pushes.UnknownPush)
async def _(push: pushes.Push, this: Happening) -> None:
    conversation = this.conversation
    tapped = isinstance(push, pushes.TextMessage) and push.menu_item is not None
    kind = WindowKind.MENU if tapped else WindowKind.MESSAGE
    quota.open_window(conversation, kind, now=this.row.received_at)
    conversation.last_message_at = this.row.received_at
    conversation.unread += 1
    message = _message(push, this)
    this.db.add(message)
    await this.db.flush()
    if message.media_id:
        await jobs.enqueue(
            this.db,
            FETCH_MEDIA,
            key=f"{FETCH_MEDIA}:{message.id}",
            message_id=str(message.id),
        )
    _wait_for_a_person(push, this)


@_happen.register
async def _(push: pushes.Followed, this: Happening) -> None:
    if _is_news(this):
        this.conversation.following = True
        this.conversation.following_changed_at = this.row.pushed_at
    kind = WindowKind.SCAN if push.scene else WindowKind.FOLLOW
    quota.open_window(this.conversation, kind, now=this.row.received_at)


@_happen.register(pushes.Unfollowed)
async def _(_push: pushes.Unfollowed, this: Happening) -> None:
    if _is_news(this):
        this.conversation.following = False
        this.conversation.following_changed_at = this.row.pushed_at
        quota.shut(this.conversation)
    await _erase(this, ErasureReason.UNFOLLOWED)


@_happen.register(pushes.Scanned)
async def _(_push: pushes.Scanned, this: Happening) -> None:
    quota.open_window(this.conversation, WindowKind.SCAN, now=this.row.received_at)


@_happen.register(pushes.MenuClicked)
@_happen.register(pushes.ScanCodePushed)
@_happen.register(pushes.ScanCodeWaited)
async def _(_push: pushes.Event, this: Happening) -> None:
    quota.open_window(this.conversation, WindowKind.MENU, now=this.row.received_at)


@_happen.register(pushes.SessionEntered)
async def _(_push: pushes.SessionEntered, this: Happening) -> None:
    quota.open_window(this.conversation, WindowKind.SESSION, now=this.row.received_at)


@_happen.register(pushes.AuthorizationRevoked)
async def _(_push: pushes.AuthorizationRevoked, this: Happening) -> None:
    await _erase(this, ErasureReason.AUTHORISATION_REVOKED)


@_happen.register(pushes.AuthorizationCancelled)
async def _(_push: pushes.AuthorizationCancelled, this: Happening) -> None:
    await _erase(this, ErasureReason.AUTHORISATION_CANCELLED)


_ABOUT_DATA = (pushes.AuthorizationRevoked, pushes.AuthorizationCancelled)

_ACTS = (
    pushes.Message,
    pushes.Followed,
    pushes.Unfollowed,
    pushes.Scanned,
    pushes.MenuClicked,
    pushes.ScanCodePushed,
    pushes.ScanCodeWaited,
    pushes.SessionEntered,
    *_ABOUT_DATA,
)
"""The pushes that belong into a conversation."""


def _is_news(this: Happening) -> bool:
    """Tell whether a follow or unfollow is newer than the last one: pushes come out of order."""
    known = this.conversation.following_changed_at
    return known is None or this.row.pushed_at >= known


async def _erase(this: Happening, reason: ErasureReason) -> None:
    await erasure.ask(
        this.db,
        conversation=this.conversation,
        reason=reason,
        asked_at=this.row.received_at,
        now=this.now,
    )


def _wait_for_a_person(push: pushes.Push, this: Happening) -> None:
    """Let a visitor wait for a person unless a rule has answered them."""
    answered = this.row.answer in {AnswerKind.RULE, AnswerKind.WELCOME}
    if _is_message(push) and not answered:
        this.conversation.waiting_since = this.conversation.waiting_since or this.row.received_at


def _message(push: pushes.Push, this: Happening) -> Message:
    said = _said(push)
    return Message(
        conversation_id=this.conversation.id,
        author=Author.VISITOR,
        kind=said.kind,
        said_at=this.row.received_at,
        text=said.text,
        details=said.details,
        media_id=getattr(push, "media_id", None) or None,
        push_id=this.row.id,
    )


class _Said(NamedTuple):
    kind: MessageKind
    text: str | None = None
    details: dict[str, Any] | None = None


def _said(push: pushes.Push) -> _Said:
    said = _Said(MessageKind.OTHER)
    match push:
        case pushes.TextMessage():
            said = _Said(MessageKind.TEXT, push.text)
        case pushes.ImageMessage():
            said = _Said(MessageKind.IMAGE)
        case pushes.VoiceMessage():
            said = _Said(MessageKind.VOICE, push.recognition or None)
        case pushes.VideoMessage() | pushes.ShortVideoMessage():
            said = _Said(MessageKind.VIDEO)
        case pushes.LocationMessage():
            place = {"latitude": push.latitude, "longitude": push.longitude}
            said = _Said(MessageKind.LOCATION, push.label, place)
        case pushes.LinkMessage():
            about = {"url": push.url, "about": push.description}
            said = _Said(MessageKind.LINK, push.title, about)
        case pushes.MiniProgramPageMessage():
            said = _Said(MessageKind.PAGE, push.title, {"path": push.path})
        case _:
            pass
    return said


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
