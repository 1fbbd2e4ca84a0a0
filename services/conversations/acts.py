"""Acts of visitors: what each kind of push does to the conversation it belongs to."""

from dataclasses import dataclass
from datetime import datetime
from functools import singledispatch
from typing import Any, NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from models import Conversation, Message, Push
from models.vocabulary import (
    AnswerKind,
    Author,
    ConversationStatus,
    ErasureReason,
    MessageKind,
    WindowKind,
)
from services import jobs
from services.conversations import erasure, quota, thanks
from services.wechat import pushes

FETCH_MEDIA = "fetch_media"
"""The kind of job that fetches a message's picture, voice or video."""


@dataclass(frozen=True)
class Happening:
    """One push on its way into its conversation."""

    db: AsyncSession
    row: Push
    conversation: Conversation
    now: datetime


def belongs(push: pushes.Push) -> bool:
    """Tell whether somebody did something; the platform pushes reports of its own as well."""
    return bool(visitor(push)) and (isinstance(push, _ACTS) or _is_message(push))


def _is_message(push: pushes.Push) -> bool:
    """Tell whether it is something said, of a kind that is not known here perhaps."""
    unknown = isinstance(push, pushes.UnknownPush) and "MsgId" in push.fields
    return unknown or isinstance(push, pushes.Message)


def visitor(push: pushes.Push) -> str:
    """Give whom a push is about: events about somebody's data come from the platform."""
    if isinstance(push, _ABOUT_DATA):
        return push.subject_openid or push.openid
    return push.openid


@singledispatch
async def happen(push: pushes.Push, this: Happening) -> None:
    """Do what an act of the visitor leads to; nothing, for an act that has no rule below."""


@happen.register(pushes.Message)
@happen.register(pushes.UnknownPush)
async def _(push: pushes.Push, this: Happening) -> None:
    conversation = this.conversation
    tapped = isinstance(push, pushes.TextMessage) and push.menu_item is not None
    kind = WindowKind.MENU if tapped else WindowKind.MESSAGE
    quota.open_window(conversation, kind, now=this.row.received_at)
    conversation.last_message_at = this.row.received_at
    conversation.unread += 1
    message = _message(push, this)
    this.db.add(message)
    if message.media_id:
        await jobs.enqueue(
            this.db,
            FETCH_MEDIA,
            key=f"{FETCH_MEDIA}:{message.id}",
            message_id=str(message.id),
        )


@happen.register
async def _(push: pushes.Followed, this: Happening) -> None:
    if _is_news(this):
        this.conversation.following = True
        this.conversation.following_changed_at = this.row.pushed_at
    kind = WindowKind.SCAN if push.scene else WindowKind.FOLLOW
    quota.open_window(this.conversation, kind, now=this.row.received_at)


@happen.register(pushes.Unfollowed)
async def _(_push: pushes.Unfollowed, this: Happening) -> None:
    if _is_news(this):
        this.conversation.following = False
        this.conversation.following_changed_at = this.row.pushed_at
        quota.shut(this.conversation)
    await _erase(this, ErasureReason.UNFOLLOWED)


@happen.register(pushes.Scanned)
async def _(_push: pushes.Scanned, this: Happening) -> None:
    quota.open_window(this.conversation, WindowKind.SCAN, now=this.row.received_at)


@happen.register(pushes.MenuClicked)
@happen.register(pushes.ScanCodePushed)
@happen.register(pushes.ScanCodeWaited)
async def _(_push: pushes.Event, this: Happening) -> None:
    quota.open_window(this.conversation, WindowKind.MENU, now=this.row.received_at)


@happen.register(pushes.SessionEntered)
async def _(_push: pushes.SessionEntered, this: Happening) -> None:
    quota.open_window(this.conversation, WindowKind.SESSION, now=this.row.received_at)


@happen.register(pushes.AuthorizationRevoked)
async def _(_push: pushes.AuthorizationRevoked, this: Happening) -> None:
    await _erase(this, ErasureReason.AUTHORISATION_REVOKED)


@happen.register(pushes.AuthorizationCancelled)
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


def wait_for_a_person(push: pushes.Push, this: Happening) -> None:
    """Let a visitor wait for a person unless a rule has answered them, or they only said thanks."""
    asked = this.row.answer is AnswerKind.HAND_OVER
    answered = this.row.answer in {AnswerKind.RULE, AnswerKind.WELCOME}
    if asked or (_is_message(push) and not answered and not _is_end(push, this.conversation)):
        _wait(this)


def hand_over(push: pushes.Push, this: Happening) -> None:
    """Let a visitor wait for a person, whatever a rule has answered to what they said."""
    if _is_message(push):
        _wait(this)


def _wait(this: Happening) -> None:
    this.conversation.status = ConversationStatus.OPEN
    this.conversation.waiting_since = this.conversation.waiting_since or this.row.received_at


def _is_end(push: pushes.Push, conversation: Conversation) -> bool:
    """Tell whether somebody thanks us for an answer."""
    if conversation.status is ConversationStatus.OPEN:
        return False
    return isinstance(push, pushes.TextMessage) and thanks.is_all(push.text)


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
