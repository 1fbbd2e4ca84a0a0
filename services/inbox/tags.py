"""Tags: words by which people of ours sort conversations."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import ConversationTag, StaffAccount
from models.conversation_tag import LONGEST_TAG
from services.conversations import changes
from services.inbox import handling
from services.inbox.refusals import TagsUnfit

MOST = 10
"""Tags of one conversation."""

OFFERED = 30
"""Tags to choose from, the most frequent ones."""

_BETWEEN = re.compile(r"[\s,，、;；#]+")


def read(words: str) -> list[str]:
    """Give the tags in what was typed, each once, in the order of typing.

    Raises:
        TagsUnfit
    """
    found = list(dict.fromkeys(word for word in _BETWEEN.split(words) if word))
    if len(found) > MOST or any(len(word) > LONGEST_TAG for word in found):
        raise TagsUnfit(most=MOST, longest=LONGEST_TAG)
    return found


async def of(db: AsyncSession, *, conversation_ids: Sequence[UUID]) -> Mapping[UUID, list[str]]:
    """Give the tags of conversations, each one's by the alphabet."""
    found: dict[UUID, list[str]] = {id_: [] for id_ in conversation_ids}
    rows = await db.execute(
        select(ConversationTag.conversation_id, ConversationTag.tag)
        .where(ConversationTag.conversation_id.in_(conversation_ids))
        .order_by(ConversationTag.tag)
    )
    for conversation_id, tag in rows:
        found[conversation_id].append(tag)
    return found


async def offered(db: AsyncSession) -> Sequence[str]:
    """Give the tags there are, the most frequent first."""
    frequent = select(ConversationTag.tag).group_by(ConversationTag.tag)
    ordered = frequent.order_by(func.count().desc(), ConversationTag.tag)
    return (await db.scalars(ordered.limit(OFFERED))).all()


async def give(
    db: AsyncSession,
    *,
    conversation_id: UUID,
    tags: Sequence[str],
    staff: StaffAccount,
    now: datetime,
) -> None:
    """Let a conversation have just these tags. They may name people: the audit only counts them.

    Raises:
        ConversationNotFound
    """
    conversation = await handling.locked(db, conversation_id)
    known = set((await of(db, conversation_ids=[conversation_id]))[conversation_id])
    if known == set(tags):
        return
    gone = ConversationTag.tag.in_(known - set(tags))
    await db.execute(
        delete(ConversationTag).where(ConversationTag.conversation_id == conversation_id, gone)
    )
    db.add_all(
        ConversationTag(conversation_id=conversation_id, tag=tag, given_at=now)
        for tag in tags
        if tag not in known
    )
    changes.note(conversation, now=now)
    await handling.record(
        db, staff, "tagged", about=conversation, now=now, tags=str(len(set(tags)))
    )
