"""The list of conversations: first those whose window shuts first, page by page."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from models import Conversation, ConversationTag, Message, StaffAccount
from models.vocabulary import Author, ConversationStatus
from services.conversations import quota
from services.conversations.quota import Standing
from services.inbox import tags

PAGE = 20
"""Conversations on one page of the list."""

Asked = Select[Conversation, Message, str]


class Folder(StrEnum):
    """Which conversations are listed."""

    WAITING = "waiting"
    """Somebody waits for a person."""

    MINE = "mine"
    """I look after it, and it is not done."""

    ALL = "all"
    RESOLVED = "resolved"


class Stretch(StrEnum):
    """A part of a list that is in one order; a list is one part after the other."""

    OPEN = "open"
    """The window is open: whose shuts first."""

    SHUT = "shut"
    """The window is shut: whose shut last."""

    NEVER = "never"
    """No window was ever opened, as for a question sent by form: who wrote last, first."""

    NEWEST = "newest"
    """Whoever was last written to or by, first."""


_STRETCHES = {
    Folder.WAITING: (Stretch.OPEN, Stretch.SHUT, Stretch.NEVER),
    Folder.MINE: (Stretch.OPEN, Stretch.SHUT, Stretch.NEVER),
    Folder.ALL: (Stretch.NEWEST,),
    Folder.RESOLVED: (Stretch.NEWEST,),
}

_BY_MESSAGE = frozenset({Stretch.NEVER, Stretch.NEWEST})
"""Those that are sorted by the last message, as they may have no window."""


@dataclass(frozen=True)
class Place:
    """Where a page of the list ended, to go on from there."""

    stretch: Stretch
    at: datetime
    id: UUID

    def __str__(self) -> str:
        """Write it into an address."""
        return f"{self.stretch.value}~{self.at.isoformat()}~{self.id}"

    @classmethod
    def read(cls, text: str) -> Self | None:
        """Read it from an address; None for what is no place."""
        try:
            stretch, at, id_ = text.split("~")
            place = cls(Stretch(stretch), datetime.fromisoformat(at), UUID(id_))
            # At the ends of time there are instants that other zones have not.
            place.at.astimezone(UTC)
        except (ValueError, OverflowError):
            return None
        return place if place.at.tzinfo else None


@dataclass(frozen=True)
class Entry:
    """One conversation as the list shows it."""

    conversation: Conversation
    newest: Message | None
    """What a person said last: automatic answers tell nothing about a conversation."""

    standing: Standing
    assignee: str | None
    """The name of whoever looks after it."""

    tags: Sequence[str] = ()


@dataclass(frozen=True)
class Page:
    """One page of the list."""

    entries: Sequence[Entry]
    next: Place | None
    """Where the next page begins; None on the last one."""


async def page(
    db: AsyncSession,
    *,
    folder: Folder,
    staff_id: UUID,
    after: Place | None,
    now: datetime,
    tag: str = "",
) -> Page:
    """Give one page of a folder, or of what in it has a tag, as somebody of ours sees it."""
    stretches = _STRETCHES[folder]
    if after is not None and after.stretch in stretches:
        stretches = stretches[stretches.index(after.stretch) :]
    else:
        after = None
    found: list[tuple[Stretch, Entry]] = []
    for stretch in stretches:
        if len(found) > PAGE:
            break
        asked = _asked(folder, staff_id).where(*_within(stretch, now), *_tagged(tag))
        if after is not None and after.stretch is stretch:
            asked = asked.where(_beyond(after))
        rows = await db.execute(_ordered(asked, stretch).limit(PAGE + 1 - len(found)))
        found += [(stretch, _entry(row, now)) for row in rows]
    shown = found[:PAGE]
    following = _place(*shown[-1]) if len(found) > PAGE else None
    given = await tags.of(db, conversation_ids=[entry.conversation.id for _, entry in shown])
    entries = [replace(entry, tags=given[entry.conversation.id]) for _, entry in shown]
    return Page(entries, following)


async def waiting(db: AsyncSession) -> int:
    """Tell how many conversations wait for a person."""
    asked = select(func.count()).select_from(Conversation)
    return await db.scalar(asked.where(Conversation.waiting_since.is_not(None))) or 0


def _asked(folder: Folder, staff_id: UUID) -> Asked:
    newest = (
        select(Message.id)
        .where(Message.conversation_id == Conversation.id, Message.author != Author.AUTOMATIC)
        .order_by(Message.said_at.desc(), Message.id.desc())
        .limit(1)
        .correlate(Conversation)
        .scalar_subquery()
    )
    asked = (
        select(Conversation, Message, StaffAccount.name)
        .outerjoin(Message, Message.id == newest)
        .outerjoin(StaffAccount, StaffAccount.id == Conversation.assignee_id)
        # Whoever was erased can be opened, answered and resolved no more.
        .where(Conversation.openid.is_not(None))
    )
    match folder:
        case Folder.WAITING:
            return asked.where(Conversation.waiting_since.is_not(None))
        case Folder.MINE:
            return asked.where(
                Conversation.assignee_id == staff_id,
                Conversation.status != ConversationStatus.RESOLVED,
            )
        case Folder.RESOLVED:
            return asked.where(Conversation.status == ConversationStatus.RESOLVED)
        case Folder.ALL:
            return asked


def _within(stretch: Stretch, now: datetime) -> tuple[ColumnElement[bool], ...]:
    closes_at = Conversation.window_closes_at
    return {
        Stretch.OPEN: (closes_at > now,),
        Stretch.SHUT: (closes_at <= now,),
        Stretch.NEVER: (closes_at.is_(None), Conversation.last_message_at.is_not(None)),
        Stretch.NEWEST: (Conversation.last_message_at.is_not(None),),
    }[stretch]


def _tagged(tag: str) -> tuple[ColumnElement[bool], ...]:
    if not tag:
        return ()
    given = select(ConversationTag.conversation_id).where(ConversationTag.tag == tag)
    return (Conversation.id.in_(given),)


def _beyond(place: Place) -> ColumnElement[bool]:
    if place.stretch is Stretch.OPEN:
        return tuple_(Conversation.window_closes_at, Conversation.id) > (place.at, place.id)
    column = _sorted_by(place.stretch)
    return or_(column < place.at, and_(column == place.at, Conversation.id < place.id))


def _ordered(asked: Asked, stretch: Stretch) -> Asked:
    column = _sorted_by(stretch)
    if stretch is Stretch.OPEN:
        return asked.order_by(column, Conversation.id)
    return asked.order_by(column.desc(), Conversation.id.desc())


def _sorted_by(stretch: Stretch) -> Any:  # noqa: ANN401 - a column, whose type SQLAlchemy keeps
    if stretch in _BY_MESSAGE:
        return Conversation.last_message_at
    return Conversation.window_closes_at


def _entry(row: Any, now: datetime) -> Entry:  # noqa: ANN401 - a row of several tables
    conversation, newest, assignee = row
    return Entry(conversation, newest, quota.standing(conversation, now=now), assignee)


def _place(stretch: Stretch, entry: Entry) -> Place:
    conversation = entry.conversation
    by_message = stretch in _BY_MESSAGE
    at = conversation.last_message_at if by_message else conversation.window_closes_at
    assert at is not None  # noqa: S101 - each stretch asks for those that have it
    return Place(stretch, at, conversation.id)
