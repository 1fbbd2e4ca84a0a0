"""Drafts of answers: kept while they are written, so that no lost session takes them along.

They also tell that somebody is writing: colleagues are shown who, and the visitor that we are.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import AnswerDraft, Conversation, StaffAccount
from services.conversations import changes, typing
from services.inbox.refusals import ConversationNotFound
from services.runtime.dialects import insert

WRITING = timedelta(seconds=12)
"""How long after a draft was kept its author is taken to be writing: it is kept every 4 s."""


async def of(db: AsyncSession, *, conversation_id: UUID, staff: StaffAccount) -> str:
    """Give what somebody has begun to answer; nothing where they have not."""
    kept = await db.get(AnswerDraft, (conversation_id, staff.id))
    return kept.text if kept else ""


async def writers(
    db: AsyncSession, *, conversation_id: UUID, staff: StaffAccount, now: datetime
) -> Sequence[str]:
    """Give the names of the others who are writing an answer at this moment."""
    found = await db.scalars(
        select(StaffAccount.name)
        .join(AnswerDraft, AnswerDraft.staff_id == StaffAccount.id)
        .where(
            AnswerDraft.conversation_id == conversation_id,
            AnswerDraft.staff_id != staff.id,
            AnswerDraft.saved_at > now - WRITING,
        )
        .order_by(StaffAccount.name)
    )
    return found.all()


async def save(
    db: AsyncSession, *, conversation_id: UUID, staff: StaffAccount, words: str, now: datetime
) -> None:
    """Keep what is being written in place of what was; what is empty is thrown away.

    Whoever begins to write is shown to the others, and the visitor is shown that somebody types.

    Raises:
        ConversationNotFound
    """
    # Erasing waits for it, and then finds it.
    found = await db.get(Conversation, conversation_id, with_for_update=True)
    if found is None or found.openid is None:
        raise ConversationNotFound
    kept = await db.get(AnswerDraft, (conversation_id, staff.id))
    writing = kept is not None and kept.saved_at > now - WRITING
    if not words.strip():
        if writing:
            changes.note(found, now=now)
        await discard(db, conversation_id=conversation_id, staff=staff)
        return
    if not writing:
        changes.note(found, now=now)
    await typing.show(db, conversation=found, now=now)
    said = {"text": words, "saved_at": now}
    await db.execute(
        insert(db, AnswerDraft)
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
