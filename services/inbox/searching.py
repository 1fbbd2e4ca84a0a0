"""Finding what was said, by a word of one character or more.

An index of characters and pairs of characters gives what may have the word, the text itself says
whether it has. The index changes with the texts, by the database's own doing: see migration 0024.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from uuid import UUID

from sqlalchemy import CTE, Select, column, func, literal, select, table, text
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.ext.asyncio import AsyncSession

from models import Conversation, Message, MessageNumber
from models.message import BY_PERSONS
from services.inbox import patterns

MOST = 50
"""Messages given at once."""

NEWEST = 5000
"""Messages that PostgreSQL looks through before it asks its index.

A word that is found often among them need not be sorted out of all the texts that have it; one
that is not is in some 1 % of all texts at most.
"""


@dataclass(frozen=True)
class Hit:
    """A message that has the word in it."""

    message: Message
    conversation: Conversation


async def found(db: AsyncSession, *, word: str) -> list[Hit]:
    """Give what people said with a word in it, newest first, at most 50."""
    here = _on_sqlite if db.get_bind().dialect.name == "sqlite" else _on_postgresql
    rows = await db.execute(
        select(Message, Conversation)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(Message.id.in_(await here(db, word)))
        .order_by(Message.said_at.desc(), Message.id.desc())
    )
    return [Hit(message, conversation) for message, conversation in rows]


async def _on_sqlite(db: AsyncSession, word: str) -> Sequence[UUID]:
    """Walk through what has the pairs in a row, from the newest on, until there is enough."""
    pairs = table("message_pairs", column("rowid"))
    asked = (
        select(Message.id)
        .select_from(pairs)
        .join(MessageNumber, MessageNumber.number == pairs.c.rowid)
        .join(Message, Message.id == MessageNumber.message_id)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(text("message_pairs MATCH :pairs").bindparams(pairs=_numbered(_lower(word))))
        .where(Conversation.openid.is_not(None), patterns.contains(Message.text, word))
        .order_by(pairs.c.rowid.desc())
        .limit(MOST)
    )
    return (await db.scalars(asked)).all()


async def _on_postgresql(db: AsyncSession, word: str) -> Sequence[UUID]:
    """Look through the newest, and where that gives too few, through what has all pairs."""
    columns = (Message.id, Message.said_at, Message.conversation_id, Message.text)
    said = select(*columns).where(BY_PERSONS)
    newest = said.order_by(Message.said_at.desc(), Message.id.desc()).limit(NEWEST)
    recent = (await db.scalars(_among(newest.cte("newest"), word))).all()
    if len(recent) == MOST:
        return recent
    pieces = literal(_pieces(word.lower()), ARRAY(TEXT))
    indexed = func.message_pairs(Message.text, type_=ARRAY(TEXT)).contains(pieces)
    # Kept apart, or it might walk through all texts from the newest on, taking each to pieces.
    apart = said.where(indexed).cte("indexed").prefix_with("MATERIALIZED")
    return (await db.scalars(_among(apart, word))).all()


def _among(said: CTE, word: str) -> Select[UUID]:
    return (
        select(said.c.id)
        .join(Conversation, Conversation.id == said.c.conversation_id)
        .where(Conversation.openid.is_not(None), patterns.contains(said.c.text, word))
        .order_by(said.c.said_at.desc(), said.c.id.desc())
        .limit(MOST)
    )


def _lower(word: str) -> str:
    """Give a word in small letters as SQLite has them, which knows of ASCII's alone."""
    return "".join(sign.lower() if sign.isascii() else sign for sign in word)


def _numbered(word: str) -> str:
    """Ask FTS5 for the pairs of a word in a row; for one character, for what begins with it."""
    codes = [f"{ord(sign):06x}" for sign in word]
    return " + ".join(one + other for one, other in pairwise(codes)) or f"{codes[0]} *"


def _pieces(word: str) -> list[str]:
    return sorted({one + other for one, other in pairwise(word)}) or [word]
