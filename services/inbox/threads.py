"""One conversation as the desk shows it: what was said, what came of it, what we noted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import (
    Conversation,
    ConversationNote,
    Delivery,
    Message,
    MessageMedia,
    StaffAccount,
)
from services.conversations import quota
from services.conversations.quota import Standing
from services.inbox.refusals import ConversationNotFound, MessagePictureNotFound

MOST = 50
"""Messages shown at once, the newest ones."""

PICTURES = frozenset({"image/jpeg", "image/png", "image/gif"})
"""What is shown; anything else that a visitor sends is never given to a browser."""


@dataclass(frozen=True)
class Line:
    """One message or note."""

    at: datetime
    message: Message | None = None
    """None for a note."""

    delivery: Delivery | None = None
    """None for what needed none: a visitor's message, or a reply that WeChat fetched itself."""

    by: str | None = None
    """The name of whoever of ours wrote it."""

    picture: bool = False
    note: str = ""


@dataclass(frozen=True)
class Thread:
    """A conversation, its lines oldest first."""

    conversation: Conversation
    standing: Standing
    lines: Sequence[Line]
    older: UUID | None
    """The oldest message shown, where there are older ones."""

    assignee: StaffAccount | None


async def show(
    db: AsyncSession,
    *,
    conversation_id: UUID,
    now: datetime,
    before: UUID | None = None,
    through: UUID | None = None,
) -> Thread:
    """Give a conversation's newest messages, with the notes between.

    Or those before a message, or those through one, which then is the last.

    Raises:
        ConversationNotFound
    """
    conversation = await db.get(Conversation, conversation_id)
    if conversation is None or conversation.openid is None:
        raise ConversationNotFound
    edge = before or through
    last = await db.get(Message, edge) if edge else None
    said = await _said(db, conversation_id, last, with_it=before is None)
    shown = said[:MOST]
    whole = len(said) <= MOST
    notes = await _notes(
        db,
        conversation_id,
        since=None if whole else shown[-1].at,
        until=last.said_at if last else None,
    )
    oldest = shown[-1].message if shown else None
    assignee_id = conversation.assignee_id
    return Thread(
        conversation=conversation,
        standing=quota.standing(conversation, now=now),
        lines=sorted([*reversed(shown), *notes], key=lambda line: line.at),
        older=None if whole or oldest is None else oldest.id,
        assignee=await db.get(StaffAccount, assignee_id) if assignee_id else None,
    )


async def has_unread(db: AsyncSession, *, conversation_id: UUID) -> bool:
    """Tell whether a visitor wrote something that nobody who answers has seen."""
    conversation = await db.get(Conversation, conversation_id)
    return conversation is not None and conversation.unread > 0


async def picture(db: AsyncSession, *, message_id: UUID) -> MessageMedia:
    """Give the picture of a message.

    Raises:
        MessagePictureNotFound
    """
    found = await db.get(MessageMedia, message_id)
    if found is None or found.content_type not in PICTURES:
        raise MessagePictureNotFound
    return found


async def _said(
    db: AsyncSession, conversation_id: UUID, last: Message | None, *, with_it: bool
) -> list[Line]:
    """Give messages, newest first, and one more than are shown."""
    asked = (
        select(Message, Delivery, StaffAccount.name, MessageMedia.content_type)
        .outerjoin(Delivery, Delivery.message_id == Message.id)
        .outerjoin(StaffAccount, StaffAccount.id == Message.staff_id)
        .outerjoin(MessageMedia, MessageMedia.message_id == Message.id)
        .where(Message.conversation_id == conversation_id)
    )
    if last is not None:
        at = last.said_at
        id_earlier = Message.id <= last.id if with_it else Message.id < last.id
        earlier = and_(Message.said_at == at, id_earlier)
        asked = asked.where(or_(Message.said_at < at, earlier))
    newest_first = asked.order_by(Message.said_at.desc(), Message.id.desc())
    return [_line(row) for row in await db.execute(newest_first.limit(MOST + 1))]


async def _notes(
    db: AsyncSession, conversation_id: UUID, *, since: datetime | None, until: datetime | None
) -> list[Line]:
    asked = (
        select(ConversationNote, StaffAccount.name)
        .join(StaffAccount, StaffAccount.id == ConversationNote.staff_id)
        .where(ConversationNote.conversation_id == conversation_id)
    )
    if since is not None:
        asked = asked.where(ConversationNote.written_at >= since)
    if until is not None:
        asked = asked.where(ConversationNote.written_at < until)
    rows = await db.execute(asked.order_by(ConversationNote.written_at))
    return [Line(note.written_at, by=name, note=note.text) for note, name in rows]


def _line(row: Any) -> Line:  # noqa: ANN401 - a row of several tables
    message, delivery, name, media = row
    return Line(
        message.said_at, message=message, delivery=delivery, by=name, picture=media in PICTURES
    )
