"""Questions that were sent by form: they wait for a person in their asker's conversation.

The message names the question's receipt and repeats none of its words: withdrawn, they are gone.
"""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import Conversation, FeedbackItem, Message, Visitor
from models.vocabulary import Account, Author, ConversationStatus, MessageKind
from services.conversations import changes
from services.feedback.handling import FILE_QUESTION
from services.jobs import Kind, Run
from services.runtime.dialects import insert

RECEIPT = "question"
"""Under this a message's details name the receipt."""


def kinds() -> list[Kind]:
    """Give the kinds of job of this feature."""
    return [Kind(name=FILE_QUESTION, run=file)]


async def file(run: Run) -> None:
    """Put a question into the inbox; whoever asked anonymously has no conversation."""
    async with run.closing() as db:
        item = await db.get(FeedbackItem, UUID(str(run.payload["item_id"])))
        if item is None or item.visitor_id is None or item.withdrawn_at is not None:
            return
        party = _party(await db.get_one(Visitor, item.visitor_id))
        if party is not None:
            conversation = await _conversation(db, *party)
            _put(db, conversation, receipt=item.receipt, asked_at=item.submitted_at)
            changes.note(conversation, now=run.now)


def _party(visitor: Visitor) -> tuple[Account, str] | None:
    if visitor.mp_openid:
        return Account.MINI_PROGRAM, visitor.mp_openid
    return (Account.OFFICIAL_ACCOUNT, visitor.oa_openid) if visitor.oa_openid else None


async def _conversation(db: AsyncSession, account: Account, openid: str) -> Conversation:
    """Give somebody's conversation, locked; it begins with the question if it must."""
    begun = {"id": uuid4(), "account": account, "openid": openid, "unread": 0, "window_left": 0}
    await db.execute(
        insert(db, Conversation)
        .values(begun)
        .on_conflict_do_nothing(index_elements=["account", "openid"])
    )
    asked = select(Conversation).where(
        Conversation.account == account, Conversation.openid == openid
    )
    return (await db.scalars(asked.with_for_update())).one()


def _put(db: AsyncSession, conversation: Conversation, *, receipt: str, asked_at: datetime) -> None:
    conversation.unread += 1
    conversation.last_message_at = asked_at
    conversation.status = ConversationStatus.OPEN
    conversation.waiting_since = conversation.waiting_since or asked_at
    db.add(
        Message(
            conversation_id=conversation.id,
            author=Author.VISITOR,
            kind=MessageKind.OTHER,
            said_at=asked_at,
            details={RECEIPT: receipt},
        )
    )
