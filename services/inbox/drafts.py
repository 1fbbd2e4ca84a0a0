"""Drafts of answers: kept while they are written, so that no lost session takes them along."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from models import AnswerDraft, Conversation, StaffAccount
from services.inbox.refusals import ConversationNotFound


async def of(db: AsyncSession, *, conversation_id: UUID, staff: StaffAccount) -> str:
    """Give what somebody has begun to answer; nothing where they have not."""
    kept = await db.get(AnswerDraft, (conversation_id, staff.id))
    return kept.text if kept else ""


async def save(
    db: AsyncSession, *, conversation_id: UUID, staff: StaffAccount, words: str, now: datetime
) -> None:
    """Keep what is being written in place of what was; what is empty is thrown away.

    Raises:
        ConversationNotFound
    """
    if not words.strip():
        await discard(db, conversation_id=conversation_id, staff=staff)
        return
    # Erasing waits for it, and then finds it.
    found = await db.get(Conversation, conversation_id, with_for_update={"key_share": True})
    if found is None or found.openid is None:
        raise ConversationNotFound
    insert = sqlite.insert if db.get_bind().dialect.name == "sqlite" else postgresql.insert
    said = {"text": words, "saved_at": now}
    await db.execute(
        insert(AnswerDraft)
        .values(conversation_id=conversation_id, staff_id=staff.id, **said)
        .on_conflict_do_update(index_elements=["conversation_id", "staff_id"], set_=said)
    )


async def discard(db: AsyncSession, *, conversation_id: UUID, staff: StaffAccount) -> None:
    """Throw a draft away: it was sent, or its author emptied it."""
    await db.execute(
        delete(AnswerDraft).where(
            AnswerDraft.conversation_id == conversation_id, AnswerDraft.staff_id == staff.id
        )
    )
