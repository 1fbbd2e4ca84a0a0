"""Drafts of feedback from the chat: made with the message, confirmed once, forgotten otherwise.

Nothing is feedback before its author confirms it, by the link in our reply or by a word.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import ChatDraft, Conversation, FeedbackItem, Message
from models.vocabulary import Account, AnswerKind, Author, FeedbackSource
from services import feedback, jobs
from services.conversations import chat_feedback
from services.conversations.acts import Happening
from services.conversations.chat_feedback import KEPT_DAYS, Drafting, Understood
from services.errors import Malformed, NotFound
from services.feedback import checks
from services.feedback.content import Content
from services.feedback.handling import Manner
from services.runtime.sealing import Sealer
from services.visitors import identities
from services.wechat import pushes

SUBMIT = "submit_chat_draft"
"""The kind of job that makes feedback of a draft."""

KEPT = timedelta(days=KEPT_DAYS)


class ChatDraftNotFound(NotFound):
    """There is no such draft, or its time is over."""

    code = "chat_draft_not_found"


class SectionMissing(Malformed):
    """It has to be said which section the comment is about."""

    code = "section_missing"


@dataclass(frozen=True)
class Section:
    """Which section a comment is about."""

    standard: str
    version: str
    code: str


@dataclass(frozen=True)
class Draft:
    """A draft as its author sees it."""

    row: ChatDraft
    comment: str = field(repr=False)
    item: FeedbackItem | None
    """What it has become."""

    @property
    def section(self) -> Section | None:
        """The section it names."""
        row = self.row
        if row.standard is None or row.version is None or row.section is None:
            return None
        return Section(row.standard, row.version, row.section)


async def follow(push: pushes.Push, this: Happening, drafting: Drafting | None) -> None:
    """Do what a message leads to that was answered as a draft, or as the word that confirms one."""
    answered = this.row.answer is AnswerKind.RULE
    if drafting is None or not answered or not isinstance(push, pushes.TextMessage):
        return
    if chat_feedback.confirms(push.text):
        await _confirm_newest(this)
    elif found := drafting.understood(push.text):
        message = await this.db.scalar(
            select(Message).where(Message.push_id == this.row.id, Message.author == Author.VISITOR)
        )
        if message is not None:
            make(this.db, message, found, token=drafting.links.token(push.key), now=this.now)


def make(
    db: AsyncSession, message: Message, found: Understood, *, token: str, now: datetime
) -> None:
    """Make a draft of any message; whoever has the token may confirm it."""
    place = found.place
    db.add(
        ChatDraft(
            token_sha256=digest(token),
            conversation_id=message.conversation_id,
            message_id=message.id,
            language=found.language,
            made_at=now,
            expires_at=now + KEPT,
            standard=place.standard if place else None,
            version=place.version if place else None,
            section=place.code if place else None,
        )
    )


async def show(db: AsyncSession, *, token: str, now: datetime) -> Draft:
    """Give the draft of a link, to be looked at.

    Raises:
        ChatDraftNotFound
    """
    row = await db.scalar(select(ChatDraft).where(ChatDraft.token_sha256 == digest(token)))
    return await _required(db, row, now)


async def find(db: AsyncSession, *, token: str, now: datetime) -> Draft:
    """Give the draft of a link, locked, so that two taps make one comment.

    Raises:
        ChatDraftNotFound
    """
    asked = select(ChatDraft.id).where(ChatDraft.token_sha256 == digest(token))
    draft_id = await db.scalar(asked)
    return await _required(db, await _locked(db, draft_id) if draft_id else None, now)


async def by_id(db: AsyncSession, *, draft_id: UUID, now: datetime) -> Draft | None:
    """Give a draft, locked; None for one that is forgotten, expired, or was erased."""
    return await _draft(db, await _locked(db, draft_id), now)


async def submit(
    db: AsyncSession, *, draft: Draft, section: Section | None, sealer: Sealer, now: datetime
) -> FeedbackItem:
    """Make feedback of a draft; what was made of it already is given again.

    It is sent under its author's name at WeChat: a chat cannot be anonymous.

    Raises:
        SectionMissing, ChatDraftNotFound, and what `feedback.submit` raises
    """
    if draft.item is not None:
        return draft.item
    about = section or draft.section
    if about is None:
        raise SectionMissing
    conversation = await db.get_one(Conversation, draft.row.conversation_id)
    if conversation.openid is None:
        raise ChatDraftNotFound
    visitor = await identities.known_as(
        db, account=conversation.account, openid=conversation.openid, unionid=None, now=now
    )
    in_mini_program = conversation.account is Account.MINI_PROGRAM
    done = await feedback.submit(
        db,
        content=_content(draft, about),
        manner=Manner(source=FeedbackSource.CHAT),
        visitor_id=visitor.id,
        now=now,
        asked_in=draft.row.language,
        writer=checks.written_by(conversation.openid if in_mini_program else None, sealer=sealer),
    )
    draft.row.item_id = done.item.id
    return done.item


async def forget_expired(db: AsyncSession, *, now: datetime) -> None:
    """Take away the drafts whose time is over, whether they were confirmed or not."""
    await db.execute(delete(ChatDraft).where(ChatDraft.expires_at <= now))


async def _confirm_newest(this: Happening) -> None:
    """Queue what makes feedback of the newest draft; a second word confirms the one before it.

    A job does it: the receipt's number is under a lock that derivation is not to hold.
    """
    draft_id = await this.db.scalar(
        select(ChatDraft.id)
        .where(
            ChatDraft.conversation_id == this.conversation.id,
            ChatDraft.item_id.is_(None),
            ChatDraft.expires_at > this.now,
        )
        .order_by(ChatDraft.made_at.desc(), ChatDraft.id)
        .limit(1)
    )
    if draft_id is not None:
        await jobs.enqueue(this.db, SUBMIT, key=f"{SUBMIT}:{draft_id}", draft_id=str(draft_id))


async def _locked(db: AsyncSession, draft_id: UUID) -> ChatDraft | None:
    whose = select(ChatDraft.conversation_id).where(ChatDraft.id == draft_id)
    # The conversation first, as everybody locks them, and only then what belongs to it.
    await db.scalar(select(Conversation).where(Conversation.id.in_(whose)).with_for_update())
    return await db.get(ChatDraft, draft_id, with_for_update=True, populate_existing=True)


async def _required(db: AsyncSession, row: ChatDraft | None, now: datetime) -> Draft:
    draft = await _draft(db, row, now)
    if draft is None:
        raise ChatDraftNotFound
    return draft


async def _draft(db: AsyncSession, row: ChatDraft | None, now: datetime) -> Draft | None:
    if row is None or now >= row.expires_at:
        return None
    message = await db.get_one(Message, row.message_id)
    said = (message.text or "").strip()
    comment = chat_feedback.meant(said) or said
    item = await db.get(FeedbackItem, row.item_id) if row.item_id else None
    return Draft(row, comment, item) if comment else None


def _content(draft: Draft, about: Section) -> Content:
    return Content(
        language=draft.row.language,
        standard=about.standard,
        version=about.version,
        section=about.code,
        comment=draft.comment,
    )


def digest(token: str) -> str:
    """Give what is kept of the word in a link."""
    return hashlib.sha256(token.encode()).hexdigest()
