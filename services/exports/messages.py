"""Messages as a file: what was said in which conversation, with as much as its reader may have."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, func, select, tuple_

from models import Conversation, Delivery, Message, StaffAccount
from models.vocabulary import Author, Language
from services import texts, webinars
from services.exports import streams
from services.exports.streams import FileKind
from services.exports.tables import Cell, Table
from services.runtime.database import Database

COLUMNS = (
    "conversation", "account", "status", "said_at", "author", "staff", "kind", "text", "delivery",
)  # fmt: skip

BATCH = 200


class Purpose(StrEnum):
    """Where an export goes."""

    HERE = "here"
    """It stays in China, with those who answer."""

    ABROAD = "abroad"
    """No visitor is ever asked whether their messages may go there, so they do not."""


@dataclass(frozen=True, kw_only=True)
class Order:
    """Which messages are wanted, and how."""

    since: date | None
    until: date | None
    """Days in Beijing, both included."""

    kind: FileKind
    purpose: Purpose
    with_persons: bool
    """Whether whoever asks may see what was written as it was written."""

    language: Language
    masked: Callable[[str], str]
    """Hides what tells who somebody is."""


async def count(database: Database, *, since: date | None, until: date | None) -> int:
    """Count the messages of some days."""
    asked = select(func.count()).select_from(Message).where(*_within(since, until))
    async with database.snapshot() as db:
        return await db.scalar(asked) or 0


async def file(database: Database, *, order: Order) -> AsyncIterator[bytes]:
    """Give the messages by conversation, each in the order it was said.

    They are read by batches, as the log of comments is; of who was erased only kind and time stay.
    """
    notes = [_say(f"notes.{order.purpose.value}", order.language)]
    if not order.with_persons:
        notes.append(_say("notes.masked", order.language))
    head = [_say(f"columns.{column}", order.language) for column in COLUMNS]
    about = Table(_say("title", order.language), head, [], notes)
    batches = _batches(database, order)
    return await streams.file(order.kind, about=about, columns=COLUMNS, batches=batches)


async def _batches(database: Database, order: Order) -> AsyncIterator[list[Sequence[Cell]]]:
    after: tuple[UUID, datetime, UUID] | None = None
    while True:
        async with database.snapshot() as db:
            rows = (await db.execute(_asked(order, after))).all()
        if not rows:
            return
        last = rows[-1][0]
        after = (last.conversation_id, last.said_at, last.id)
        yield [_row(row, order) for row in rows]


def _asked(
    order: Order, after: tuple[UUID, datetime, UUID] | None
) -> Select[Message, Conversation, str, Delivery]:
    key = (Message.conversation_id, Message.said_at, Message.id)
    asked = (
        select(Message, Conversation, StaffAccount.name, Delivery)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .outerjoin(StaffAccount, StaffAccount.id == Message.staff_id)
        .outerjoin(Delivery, Delivery.message_id == Message.id)
    )
    if after is not None:
        asked = asked.where(tuple_(*key) > after)
    within = _within(order.since, order.until)
    return asked.where(*within).order_by(*key).limit(BATCH)


def _within(since: date | None, until: date | None) -> list[ColumnElement[bool]]:
    begin = [Message.said_at >= _midnight(since)] if since else []
    return begin + ([Message.said_at < _midnight(until) + timedelta(days=1)] if until else [])


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(webinars.BEIJING))


def _row(row: Any, order: Order) -> Sequence[Cell]:  # noqa: ANN401 - a row of several tables
    message, conversation, staff, delivery = row

    def say(part: str) -> str:
        return _say(part, order.language)

    return (
        str(conversation.id),
        say(f"accounts.{conversation.account.value}"),
        say(f"statuses.{conversation.status.value}"),
        f"{webinars.in_beijing(message.said_at):%Y-%m-%d %H:%M:%S}",
        say(f"authors.{message.author.value}"),
        staff or "",
        say(f"kinds.{message.kind.value}"),
        _text(message, order),
        say(f"deliveries.{delivery.state.value}") if delivery else "",
    )


def _text(message: Message, order: Order) -> str:
    said = message.text or ""
    if order.purpose is Purpose.ABROAD and message.author is Author.VISITOR:
        return ""
    whole = order.purpose is Purpose.HERE and order.with_persons
    return said if whole else order.masked(said)


def _say(part: str, language: Language) -> str:
    return texts.say(f"exports.messages.{part}", language)
