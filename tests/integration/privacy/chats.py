"""Something said to the mini-program's account, as its push, message and conversation keep it."""

from datetime import datetime
from uuid import UUID

from models import Conversation, Message, Push
from models.vocabulary import Account, Author, MessageKind
from services.runtime.database import Database


async def said(database: Database, text: str, *, openid: str, now: datetime) -> UUID:
    """Let somebody who follows say something; give the conversation's id."""
    account = Account.MINI_PROGRAM
    async with database.transaction() as db:
        conversation = Conversation(account=account, openid=openid, following=True)
        db.add(conversation)
        push = Push(
            account=account,
            digest="0" * 64,
            name="text",
            pushed_at=now,
            received_at=now,
            openid=openid,
            body=text,
            derived_at=now,
        )
        db.add(push)
        await db.flush()
        db.add(
            Message(
                conversation_id=conversation.id,
                author=Author.VISITOR,
                kind=MessageKind.TEXT,
                said_at=now,
                text=text,
                push_id=push.id,
            )
        )
        return conversation.id
