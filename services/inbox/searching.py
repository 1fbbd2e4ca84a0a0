"""Finding what was said, by a word of one character or more.

Every text is looked at: right at any size, and quick as long as there are no more than some ten
thousand. An index of its own would have to know of every erasure.
"""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import Conversation, Message
from models.vocabulary import Author
from services.inbox import patterns

MOST = 50
"""Messages given at once."""


@dataclass(frozen=True)
class Hit:
    """A message that has the word in it."""

    message: Message
    conversation: Conversation


async def found(db: AsyncSession, *, word: str) -> list[Hit]:
    """Give what people said with a word in it, newest first, at most 50."""
    rows = await db.execute(
        select(Message, Conversation)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(
            patterns.contains(Message.text, word),
            Message.author != Author.AUTOMATIC,
            Conversation.openid.is_not(None),
        )
        .order_by(Message.said_at.desc(), Message.id.desc())
        .limit(MOST)
    )
    return [Hit(message, conversation) for message, conversation in rows]
