"""What conversations keep about a visitor: given to them, and taken away."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, delete, false, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import load_only

from models import (
    AnswerDraft,
    Conversation,
    ConversationNote,
    ConversationTag,
    FeedbackItem,
    Message,
    MessageItem,
    MessageMedia,
    Push,
    Visitor,
)
from models.vocabulary import Account, ErasureReason
from services.conversations import erasure


async def export(db: AsyncSession, *, visitor_id: UUID) -> list[dict[str, Any]]:
    """Give what a visitor and our accounts said to each other, oldest first."""
    rows = await db.execute(
        select(Message, Conversation.account)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(_theirs(Conversation, await db.get_one(Visitor, visitor_id)))
        .order_by(Message.said_at, Message.id)
    )
    return [
        {
            "account": account.value,
            "said_at": message.said_at.isoformat(),
            "author": message.author.value,
            "kind": message.kind.value,
            "text": message.text,
            "details": message.details,
        }
        for message, account in rows
    ]


async def export_notes(db: AsyncSession, *, visitor_id: UUID) -> list[dict[str, Any]]:
    """Give what people of ours noted about a visitor's conversations, oldest first."""
    rows = await db.scalars(
        select(ConversationNote)
        .join(Conversation, Conversation.id == ConversationNote.conversation_id)
        .where(_theirs(Conversation, await db.get_one(Visitor, visitor_id)))
        .order_by(ConversationNote.written_at)
    )
    return [{"written_at": note.written_at.isoformat(), "text": note.text} for note in rows]


async def export_tags(db: AsyncSession, *, visitor_id: UUID) -> list[dict[str, Any]]:
    """Give the words by which people of ours sorted a visitor's conversations, oldest first."""
    rows = await db.scalars(
        select(ConversationTag)
        .join(Conversation, Conversation.id == ConversationTag.conversation_id)
        .where(_theirs(Conversation, await db.get_one(Visitor, visitor_id)))
        .order_by(ConversationTag.given_at, ConversationTag.tag)
    )
    return [{"given_at": tag.given_at.isoformat(), "tag": tag.tag} for tag in rows]


async def erase(db: AsyncSession, *, visitor_id: UUID, now: datetime) -> None:
    """Empty what was said, and forget who said it, whether they follow us or not.

    The erasures stay as proof. The job that comes after them empties what was under way.
    """
    visitor = await db.get_one(Visitor, visitor_id)
    found = await db.scalars(
        select(Conversation).where(_theirs(Conversation, visitor)).order_by(Conversation.id)
    )
    for conversation in list(found):
        asked = await erasure.ask(
            db,
            conversation=conversation,
            reason=ErasureReason.REQUESTED,
            asked_at=now,
            now=now,
        )
        await erasure.erase(db, erasure_id=asked.id, now=now)
    # What came so lately that no conversation knows of it.
    await db.execute(
        update(Push).where(_theirs(Push, visitor)).values(openid=None, body=None, reply=None)
    )


def with_words(until: datetime) -> Select[Message]:
    """Ask for messages up to an instant that still say something."""
    return select(Message).where(
        Message.said_at <= until,
        or_(Message.text.is_not(None), Message.details.is_not(None), Message.media_id.is_not(None)),
    )


def pushes_with_words(until: datetime) -> Select[Push]:
    """Ask for pushes up to an instant that still say something, or who did."""
    return select(Push).where(
        Push.received_at <= until,
        Push.derived_at.is_not(None),
        or_(Push.body.is_not(None), Push.openid.is_not(None)),
    )


def notes(until: datetime) -> Select[ConversationNote]:
    """Ask for what was noted up to an instant."""
    return select(ConversationNote).where(ConversationNote.written_at <= until)


def tags(until: datetime) -> Select[ConversationTag]:
    """Ask for tags given up to an instant."""
    return select(ConversationTag).where(ConversationTag.given_at <= until)


def drafts(until: datetime) -> Select[AnswerDraft]:
    """Ask for answers that were begun up to an instant and never sent."""
    return select(AnswerDraft).where(AnswerDraft.saved_at <= until)


def media(until: datetime) -> Select[MessageMedia]:
    """Ask for the pictures, voices and videos of messages up to an instant."""
    return (
        select(MessageMedia)
        .join(Message, Message.id == MessageMedia.message_id)
        .where(Message.said_at <= until)
        .options(load_only(MessageMedia.message_id))
    )


async def forget_words(db: AsyncSession, found: Sequence[Message], _now: datetime) -> None:
    """Empty messages; that something was said stays, what became of it is not told any more."""
    ids = [message.id for message in found]
    await db.execute(delete(MessageItem).where(MessageItem.message_id.in_(ids)))
    for message in found:
        message.text = message.details = message.media_id = None


async def forget_items(db: AsyncSession, found: Sequence[FeedbackItem]) -> None:
    """Forget which messages comments were made of: whose those are leads to whose these are."""
    ids = [item.id for item in found]
    await db.execute(delete(MessageItem).where(MessageItem.item_id.in_(ids)))


async def forget_ours(
    db: AsyncSession,
    found: Sequence[ConversationNote | ConversationTag | AnswerDraft],
    _now: datetime,
) -> None:
    """Take away what people of ours wrote and nobody sent: notes, tags and drafts."""
    for one in found:
        await db.delete(one)


async def forget_pushes(db: AsyncSession, found: Sequence[Push], _now: datetime) -> None:
    """Empty pushes."""
    del db
    for push in found:
        push.openid = push.body = push.reply = None


async def forget_media(db: AsyncSession, found: Sequence[MessageMedia], _now: datetime) -> None:
    """Take pictures, voices and videos away."""
    ids = [medium.message_id for medium in found]
    await db.execute(delete(MessageMedia).where(MessageMedia.message_id.in_(ids)))


def _theirs(table: type[Conversation | Push], visitor: Visitor) -> ColumnElement[bool]:
    known = {
        Account.MINI_PROGRAM: visitor.mp_openid,
        Account.OFFICIAL_ACCOUNT: visitor.oa_openid,
    }
    return or_(
        false(),
        *(
            and_(table.account == account, table.openid == openid)
            for account, openid in known.items()
            if openid is not None
        ),
    )
