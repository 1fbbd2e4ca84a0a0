"""Answering a visitor, and sharing the work on what they wrote."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import Conversation, ConversationNote, Message, StaffAccount
from models.vocabulary import Author, ConversationStatus
from services import audit
from services.conversations import changes, sending
from services.inbox import drafts
from services.inbox.refusals import (
    AnsweredMeanwhile,
    AnswerTooLong,
    AssigneeUnfit,
    ConversationNotFound,
)
from services.staff_accounts import Permission, allows
from services.wechat.replies import LONGEST_TEXT, TextReply

ANSWERING = timedelta(minutes=30)
"""How long after an answer by a person nothing is said automatically."""


async def answer(
    db: AsyncSession,
    *,
    conversation_id: UUID,
    staff: StaffAccount,
    words: str,
    seen: int,
    now: datetime,
) -> Message:
    """Queue an answer, if WeChat lets it be sent and nobody else has answered meanwhile.

    `seen` is how many answers of ours its author has seen. Locks the conversation: of two who
    answer at once the second is refused.

    Raises:
        ConversationNotFound, AnswerTooLong, AnsweredMeanwhile, sending.WindowShut
    """
    if len(words.encode()) > LONGEST_TEXT:
        raise AnswerTooLong(most=LONGEST_TEXT, bytes=len(words.encode()))
    conversation = await locked(db, conversation_id)
    if conversation.answers != seen:
        raise AnsweredMeanwhile
    message = await sending.queue(
        db, conversation=conversation, reply=TextReply(words), author=Author.STAFF, now=now
    )
    message.staff_id = staff.id
    await drafts.discard(db, conversation_id=conversation_id, staff=staff)
    conversation.answers += 1
    conversation.waiting_since, conversation.unread = None, 0
    conversation.person_until = now + ANSWERING
    conversation.status = ConversationStatus.WAITING
    conversation.assignee_id = conversation.assignee_id or staff.id
    await record(db, staff, "answered", about=conversation, now=now, message=str(message.id))
    return message


async def mark_read(db: AsyncSession, *, conversation_id: UUID, now: datetime) -> None:
    """Take note that somebody who answers has seen what a visitor wrote."""
    conversation = await locked(db, conversation_id)
    if conversation.unread:
        conversation.unread = 0
        changes.note(conversation, now=now)


async def set_status(
    db: AsyncSession,
    *,
    conversation_id: UUID,
    status: ConversationStatus,
    staff: StaffAccount,
    now: datetime,
) -> None:
    """Say what is to be done; what is resolved or with its visitor waits for nobody of ours.

    Raises:
        ConversationNotFound
    """
    conversation = await locked(db, conversation_id)
    if conversation.status is status:
        return
    conversation.status = status
    if status is ConversationStatus.OPEN:
        conversation.waiting_since = conversation.waiting_since or now
    else:
        conversation.waiting_since = None
    changes.note(conversation, now=now)
    await record(db, staff, "status_set", about=conversation, now=now, status=status.value)


async def assign(
    db: AsyncSession,
    *,
    conversation_id: UUID,
    assignee_id: UUID | None,
    staff: StaffAccount,
    now: datetime,
) -> None:
    """Give a conversation into somebody's care, or into nobody's.

    Raises:
        ConversationNotFound, AssigneeUnfit
    """
    conversation = await locked(db, conversation_id)
    if conversation.assignee_id == assignee_id:
        return
    assignee = await db.get(StaffAccount, assignee_id) if assignee_id else None
    if assignee_id is not None and not (assignee and _answers(assignee)):
        raise AssigneeUnfit
    conversation.assignee_id = assignee_id
    changes.note(conversation, now=now)
    to = assignee.login if assignee else ""
    await record(db, staff, "assigned", about=conversation, now=now, to=to)


async def note(
    db: AsyncSession, *, conversation_id: UUID, words: str, staff: StaffAccount, now: datetime
) -> None:
    """Write something down for the others; it is never sent.

    Raises:
        ConversationNotFound
    """
    conversation = await locked(db, conversation_id)
    db.add(
        ConversationNote(
            conversation_id=conversation.id, staff_id=staff.id, written_at=now, text=words
        )
    )
    changes.note(conversation, now=now)
    await record(db, staff, "noted", about=conversation, now=now)


async def colleagues(db: AsyncSession) -> list[StaffAccount]:
    """Give all who answer messages, by name."""
    asked = select(StaffAccount).where(StaffAccount.disabled.is_(False))
    found = await db.scalars(asked.order_by(StaffAccount.name, StaffAccount.login))
    return [account for account in found if _answers(account)]


def _answers(account: StaffAccount) -> bool:
    return not account.disabled and allows(account.role, Permission.ANSWER_MESSAGES)


async def locked(db: AsyncSession, conversation_id: UUID) -> Conversation:
    """Give a conversation, locked.

    Raises:
        ConversationNotFound
    """
    asked = select(Conversation).where(Conversation.id == conversation_id).with_for_update()
    found = await db.scalar(asked.execution_options(populate_existing=True))
    if found is None or found.openid is None:
        raise ConversationNotFound
    return found


async def record(
    db: AsyncSession,
    staff: StaffAccount,
    act: str,
    *,
    about: Conversation,
    now: datetime,
    **details: str,
) -> None:
    """Write an act on a conversation into the audit log; the last thing in its transaction."""
    await audit.record(
        db,
        actor=staff.login,
        act=f"inbox.{act}",
        subject=f"conversation/{about.id}",
        details=details,
        now=now,
    )
