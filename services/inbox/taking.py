"""Making more of a message: a comment on the drafts, or a registration of whoever wrote it.

Both are done in the visitor's place and need what the visitor said: that they agree to it, which
whoever does it confirms. Nothing else is agreed to: no comment is published by this.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import (
    ChatDraft,
    Conversation,
    FeedbackItem,
    Message,
    MessageItem,
    StaffAccount,
    Visitor,
)
from models.vocabulary import Account, Author, FeedbackSource, Language, MessageKind
from services import consultations, feedback, registrations, webinars
from services.conversations import changes, chat_feedback, keywords
from services.conversations.chat_drafts import Section
from services.conversations.chat_feedback import Place
from services.feedback import checks
from services.feedback.content import Content
from services.feedback.handling import Manner
from services.inbox import handling
from services.inbox.refusals import ConsentNotTold, MessageUnfit
from services.registrations import ContactSafe, Registrant, Standing, Wish, booking
from services.runtime.sealing import Sealer
from services.visitors import identities

SAID_IN_WORDS = frozenset({MessageKind.TEXT, MessageKind.VOICE})
"""What a comment can be made of; of a voice message WeChat may have made words."""


@dataclass(frozen=True)
class Offer:
    """A message as it would become a comment, or has become one."""

    message: Message
    comment: str
    item: FeedbackItem | None
    places: Sequence[Place]
    guess: Place | None
    """What the message names."""


async def offer(
    db: AsyncSession, *, conversation_id: UUID, message_id: UUID, now: datetime
) -> Offer:
    """Give what a message would become.

    Raises:
        ConversationNotFound, MessageUnfit, ConsultationNotFound
    """
    message = await _message(db, conversation_id, message_id)
    comment = _comment(message)
    current = await consultations.current(db, now=now)
    known = await consultations.vocabulary(db, consultation_id=current.id)
    every = [Place(row.standard, row.version, row.code, row.title) for row in known.sections]
    places = chat_feedback.drafted(every)
    return Offer(
        message,
        comment,
        item=await item_of(db, message_id=message_id),
        places=places,
        guess=chat_feedback.named(comment, places),
    )


async def take(
    db: AsyncSession,
    *,
    conversation_id: UUID,
    message_id: UUID,
    section: Section,
    agreed: bool,
    staff: StaffAccount,
    sealer: Sealer,
    now: datetime,
) -> FeedbackItem:
    """Make a comment of a message, under its author's name at WeChat; what was made is given again.

    `agreed` is whether its author said that it may be taken so.

    Raises:
        ConversationNotFound, MessageUnfit, ConsentNotTold, and what `feedback.submit` raises
    """
    conversation = await handling.locked(db, conversation_id)
    message = await _message(db, conversation_id, message_id)
    known = await item_of(db, message_id=message_id)
    if known is not None:
        return known
    comment = _comment(message)
    if not agreed:
        raise ConsentNotTold
    language = _language(comment)
    visitor = await _visitor(db, conversation, now)
    in_mini_program = conversation.account is Account.MINI_PROGRAM
    done = await feedback.submit(
        db,
        content=Content(
            language=language,
            standard=section.standard,
            version=section.version,
            section=section.code,
            comment=comment,
        ),
        manner=Manner(source=FeedbackSource.CHAT),
        visitor_id=visitor.id,
        now=now,
        asked_in=language,
        writer=checks.written_by(conversation.openid if in_mini_program else None, sealer=sealer),
    )
    db.add(MessageItem(message_id=message_id, item_id=done.item.id))
    draft = await _draft(db, message_id)
    if draft is not None:
        draft.item_id = done.item.id
    changes.note(conversation, now=now)
    await handling.record(
        db, staff, "item_made", about=conversation, now=now, item=str(done.item.id)
    )
    return done.item


async def item_of(db: AsyncSession, *, message_id: UUID) -> FeedbackItem | None:
    """Give the comment that was made of a message, by somebody of ours or by its author."""
    made = await db.get(MessageItem, message_id)
    draft = None if made else await _draft(db, message_id)
    item_id = made.item_id if made else draft.item_id if draft else None
    return await db.get(FeedbackItem, item_id) if item_id else None


async def message_of(db: AsyncSession, *, item_id: UUID) -> Message | None:
    """Give the message that a comment was made of."""
    found: Message | None = await db.scalar(
        select(Message)
        .join(MessageItem, MessageItem.message_id == Message.id)
        .where(MessageItem.item_id == item_id)
    )
    return found


async def items_of(db: AsyncSession, *, conversation_id: UUID) -> dict[UUID, str]:
    """Give the receipts of the comments that were made of a conversation's messages."""
    rows = await db.execute(
        select(MessageItem.message_id, FeedbackItem.receipt)
        .join(Message, Message.id == MessageItem.message_id)
        .join(FeedbackItem, FeedbackItem.id == MessageItem.item_id)
        .where(Message.conversation_id == conversation_id)
    )
    return {message_id: receipt for message_id, receipt in rows}  # noqa: C416 - rows are no pairs


async def register(
    db: AsyncSession,
    *,
    conversation_id: UUID,
    slug: str,
    wish: Wish,
    agreed: bool,
    staff: StaffAccount,
    safe: ContactSafe,
    now: datetime,
) -> Standing:
    """Register a visitor with what they said in the chat; whoever is registered stays as they are.

    `agreed` is whether they said that they agree to the notice.

    Raises:
        ConversationNotFound, ConsentNotTold, and what `registrations.book` raises
    """
    conversation = await handling.locked(db, conversation_id)
    if not agreed:
        raise ConsentNotTold
    who = Registrant(visitor=await _visitor(db, conversation, now), safe=safe, now=now)
    webinar = await webinars.by_slug(db, slug=slug)
    known = await booking.active(db, webinar=webinar, visitor=who.visitor)
    standing = await registrations.book(db, slug=slug, wish=wish, who=who)
    if known is None:
        changes.note(conversation, now=now)
        about = str(standing.registration.id)
        await handling.record(
            db, staff, "registered", about=conversation, now=now, registration=about
        )
    return standing


async def _visitor(db: AsyncSession, conversation: Conversation, now: datetime) -> Visitor:
    openid = conversation.openid
    assert openid is not None  # noqa: S101 - a conversation without one is not found
    return await identities.known_as(
        db, account=conversation.account, openid=openid, unionid=None, now=now
    )


async def _draft(db: AsyncSession, message_id: UUID) -> ChatDraft | None:
    found: ChatDraft | None = await db.scalar(
        select(ChatDraft).where(ChatDraft.message_id == message_id)
    )
    return found


async def _message(db: AsyncSession, conversation_id: UUID, message_id: UUID) -> Message:
    message = await db.get(Message, message_id)
    if message is None or message.conversation_id != conversation_id:
        raise MessageUnfit
    return message


def _comment(message: Message) -> str:
    said = (message.text or "").strip()
    comment = chat_feedback.meant(said) or said
    fits = 0 < len(comment) <= chat_feedback.LONGEST
    if message.author is not Author.VISITOR or message.kind not in SAID_IN_WORDS or not fits:
        raise MessageUnfit
    return comment


def _language(comment: str) -> Language:
    return Language.EN if keywords.is_english(comment) else Language.ZH
