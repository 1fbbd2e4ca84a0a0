"""The jobs of feedback from the chat: what was confirmed is submitted, the rest is forgotten."""

from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from models import Conversation
from models.vocabulary import Author
from services import texts
from services.conversations import chat_drafts, quota, sending
from services.conversations.chat_drafts import Draft
from services.errors import Refusal
from services.jobs import Kind, Run, Schedule
from services.runtime.sealing import Sealer
from services.wechat.replies import TextReply

FORGET = "forget_chat_drafts"

SCHEDULES = (Schedule(kind=FORGET, every=timedelta(hours=1)),)


def kinds(sealer: Sealer) -> list[Kind]:
    """Give the kinds of job of this feature."""
    return [
        Kind(name=chat_drafts.SUBMIT, run=partial(submit, sealer=sealer)),
        Kind(name=FORGET, run=forget),
    ]


async def submit(run: Run, sealer: Sealer) -> None:
    """Make feedback of a draft that was confirmed by a word, and tell its author the number."""
    draft_id = UUID(str(run.payload["draft_id"]))
    async with run.closing() as db:
        draft = await chat_drafts.by_id(db, draft_id=draft_id, now=run.now)
        if draft is not None:
            words = await _outcome(db, draft, sealer=sealer, now=run.now)
            await _tell(db, draft.row.conversation_id, words=words, now=run.now)


async def forget(run: Run) -> None:
    """Take away the drafts whose time is over."""
    async with run.closing() as db:
        await chat_drafts.forget_expired(db, now=run.now)


async def _outcome(db: AsyncSession, draft: Draft, *, sealer: Sealer, now: datetime) -> str:
    """Submit it and say what came of it: a refusal is raised before anything is written."""
    language = draft.row.language
    try:
        item = await chat_drafts.submit(db, draft=draft, section=None, sealer=sealer, now=now)
    except Refusal as refusal:
        reason = refusal.sentence(language)
        return texts.say("chat_feedback.not_taken", language, reason=reason)
    return texts.say("chat_feedback.taken", language, receipt=item.receipt)


async def _tell(db: AsyncSession, conversation_id: UUID, *, words: str, now: datetime) -> None:
    """Answer in the chat, if WeChat still lets us; the page of the link tells it as well."""
    conversation = await db.get_one(Conversation, conversation_id)
    if quota.left_for(Author.AUTOMATIC, conversation, now=now):
        await sending.queue(
            db,
            conversation=conversation,
            reply=TextReply(words),
            author=Author.AUTOMATIC,
            now=now,
        )
