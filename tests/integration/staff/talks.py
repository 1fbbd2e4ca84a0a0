"""Visitors of the inbox, as their messages leave them."""

from datetime import datetime, timedelta
from uuid import UUID

from models import Conversation, Message
from models.vocabulary import Account, Author, MessageKind, WindowKind
from services.conversations import changes, quota
from services.runtime.database import Database


async def write(database: Database, *said: str, at: datetime, openid: str = "o" + "v" * 27) -> UUID:
    """Let a visitor write to the official account for the first time; give the conversation."""
    async with database.transaction() as db:
        talk = Conversation(account=Account.OFFICIAL_ACCOUNT, openid=openid)
        talk.waiting_since = talk.last_message_at = at
        talk.unread = 1
        quota.open_window(talk, WindowKind.MESSAGE, now=at)
        changes.note(talk, now=at)
        db.add(talk)
        await db.flush()
        db.add_all(
            Message(
                conversation_id=talk.id,
                author=Author.VISITOR,
                kind=MessageKind.TEXT,
                said_at=at + timedelta(milliseconds=number),
                text=words,
            )
            for number, words in enumerate(said)
        )
        return talk.id
