"""Erasing what a visitor who left no longer wants kept: who they are and what they said.

Dated counts stay, and so do registrations and feedback given with consent: those were given to the
consultation, not to the chat.
"""

from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models import (
    AnswerDraft,
    ChatDraft,
    Conversation,
    ConversationNote,
    ConversationTag,
    Erasure,
    Message,
    MessageItem,
    MessageMedia,
    Push,
)
from models.vocabulary import ErasureReason
from services import jobs
from services.conversations import changes
from services.errors import NotFound

ERASE = "erase_visitor"
"""The kind of job that erases."""

SETTLING = timedelta(hours=1)
"""How long the job waits: a message sent before leaving may be delivered after it."""

PROMISE = timedelta(hours=24)
"""How long the privacy notice gives us after a visitor leaves."""

log = structlog.get_logger(__name__)


class ErasureNotFound(NotFound):
    """There is no such erasure."""

    code = "erasure_not_found"


async def ask(
    db: AsyncSession,
    *,
    conversation: Conversation,
    reason: ErasureReason,
    asked_at: datetime,
    now: datetime,
) -> Erasure:
    """Write down that a visitor's data have to go, and queue the job that does it."""
    erasure = Erasure(
        conversation_id=conversation.id, reason=reason, asked_at=asked_at, due_at=now + PROMISE
    )
    db.add(erasure)
    await db.flush()
    await _enqueue(db, erasure.id, run_at=now + SETTLING)
    return erasure


async def erase(db: AsyncSession, *, erasure_id: UUID, now: datetime) -> Erasure:
    """Empty what was said, and forget who said it. Doing it again changes nothing.

    Of a visitor who follows, having come back or never left, only what came before the erasure was
    asked for is emptied, and the openid stays; unless they asked us themselves to forget them.

    Raises:
        ErasureNotFound
    """
    erasure = await db.get(Erasure, erasure_id, with_for_update=True)
    if erasure is None:
        raise ErasureNotFound
    if erasure.done_at is not None:
        return erasure
    conversation = await db.get_one(Conversation, erasure.conversation_id, with_for_update=True)
    stays = conversation.following and erasure.reason is not ErasureReason.REQUESTED
    until = erasure.asked_at if stays else now
    erasure.messages = await _empty_messages(db, conversation, until=until)
    await _empty_pushes(db, conversation, until=until)
    await db.execute(delete(ChatDraft).where(ChatDraft.conversation_id == conversation.id))
    await db.execute(delete(AnswerDraft).where(AnswerDraft.conversation_id == conversation.id))
    await db.execute(
        delete(ConversationNote).where(
            ConversationNote.conversation_id == conversation.id,
            ConversationNote.written_at <= until,
        )
    )
    await db.execute(
        delete(ConversationTag).where(
            ConversationTag.conversation_id == conversation.id, ConversationTag.given_at <= until
        )
    )
    if not stays:
        _forget(conversation, now=now)
    changes.note(conversation, now=now)
    erasure.done_at = now
    log.info("visitor_erased", reason=erasure.reason.value, messages=erasure.messages)
    return erasure


async def overdue(db: AsyncSession, *, now: datetime) -> list[UUID]:
    """Give the erasures that are nearly due and not done, for the sweep to queue again."""
    found = await db.scalars(
        select(Erasure.id).where(Erasure.done_at.is_(None), Erasure.due_at <= now + SETTLING)
    )
    return list(found)


async def requeue(db: AsyncSession, *, erasure_id: UUID) -> None:
    """Queue the job of an erasure again; nothing happens where it is queued already."""
    await _enqueue(db, erasure_id, run_at=None)


async def _enqueue(db: AsyncSession, erasure_id: UUID, *, run_at: datetime | None) -> None:
    await jobs.enqueue(
        db, ERASE, key=f"{ERASE}:{erasure_id}", run_at=run_at, erasure_id=str(erasure_id)
    )


async def _empty_messages(db: AsyncSession, conversation: Conversation, *, until: datetime) -> int:
    before = (Message.conversation_id == conversation.id, Message.said_at <= until)
    ids = select(Message.id).where(*before)
    await db.execute(delete(MessageMedia).where(MessageMedia.message_id.in_(ids)))
    await db.execute(delete(MessageItem).where(MessageItem.message_id.in_(ids)))
    emptied = await db.execute(
        update(Message)
        .where(*before)
        .values(text=None, details=None, media_id=None)
        .returning(Message.id)
    )
    return len(emptied.all())


async def _empty_pushes(db: AsyncSession, conversation: Conversation, *, until: datetime) -> None:
    await db.execute(
        update(Push)
        .where(
            Push.account == conversation.account,
            Push.openid == conversation.openid,
            Push.received_at <= until,
        )
        .values(openid=None, body=None, reply=None)
    )


def _forget(conversation: Conversation, *, now: datetime) -> None:
    conversation.openid = None
    conversation.waiting_since = None
    conversation.person_until = None
    conversation.window_left = 0
    conversation.unread = 0
    conversation.erased_at = now
