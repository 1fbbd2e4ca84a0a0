"""The log: every item of a round under its number, as those at the desk find it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import (
    FeedbackAnswer,
    FeedbackAttachment,
    FeedbackCheck,
    FeedbackItem,
    FeedbackTag,
    FeedbackVersion,
    StaffAccount,
)
from models.vocabulary import FeedbackKind, FeedbackSource
from services.feedback import FeedbackNotFound, attachments
from services.feedback.attachments import File
from services.feedback.refusals import AttachmentNotFound

MOST = 50
"""Entries shown at once."""

NONE = "-"
"""In a filter: those that have none."""


@dataclass(frozen=True, kw_only=True)
class Filter:
    """Which entries are asked for; what is empty asks for all."""

    kind: FeedbackKind = FeedbackKind.COMMENT
    section: str = ""
    """Standard, version and code, with slashes between them."""

    stakeholder: str = ""
    disposition: str = ""
    assignee: str = ""
    """An account's id."""

    source: FeedbackSource | None = None
    unanswered: bool = False
    """Only those that stand without a disposition or without a response."""

    words: str = ""
    """What the text has to contain."""

    tag: str = ""


@dataclass(frozen=True)
class Entry:
    """One item as it stands now."""

    item: FeedbackItem
    version: FeedbackVersion
    answer: FeedbackAnswer | None
    assignee: StaffAccount | None
    check: FeedbackCheck | None


@dataclass(frozen=True)
class Part:
    """Some entries, and the receipt to go on after; None at the end."""

    entries: list[Entry]
    next: str | None


async def part(
    db: AsyncSession,
    *,
    consultation_id: UUID,
    which: Filter,
    after: str | None = None,
    most: int = MOST,
) -> Part:
    """Give entries by their numbers, the newest first, withdrawn ones among them.

    `after` is the receipt that the part before ended with; what comes in meanwhile shifts nothing.
    """
    asked = _matching(consultation_id, which).order_by(FeedbackItem.receipt.desc())
    if after is not None:
        asked = asked.where(FeedbackItem.receipt < after)
    found = await _entries(db, asked.limit(most + 1))
    shown = found[:most]
    return Part(shown, next=shown[-1].item.receipt if len(found) > most else None)


async def batch(
    db: AsyncSession, *, consultation_id: UUID, which: Filter, after: str, most: int
) -> list[Entry]:
    """Give the entries after a receipt by their numbers, the oldest first; all are after ""."""
    asked = _matching(consultation_id, which).where(FeedbackItem.receipt > after)
    return await _entries(db, asked.order_by(FeedbackItem.receipt).limit(most))


async def count(db: AsyncSession, *, consultation_id: UUID, which: Filter) -> int:
    """Count the entries, without looking at what no filter asks about."""
    asked = select(func.count()).select_from(FeedbackItem).where(*_of_items(consultation_id, which))
    beside = _of_texts_and_answers(which)
    if beside:
        asked = (
            asked.join(FeedbackVersion, _NEWEST)
            .outerjoin(FeedbackAnswer, FeedbackAnswer.item_id == FeedbackItem.id)
            .where(*beside)
        )
    return await db.scalar(asked) or 0


async def entry(db: AsyncSession, *, receipt: str) -> Entry:
    """Give the entry of a receipt.

    Raises:
        FeedbackNotFound
    """
    found = await _entries(db, _all().where(FeedbackItem.receipt == receipt))
    if not found:
        raise FeedbackNotFound
    return found[0]


async def versions(db: AsyncSession, *, item: FeedbackItem) -> Sequence[FeedbackVersion]:
    """Give all that an item said, the newest first."""
    asked = select(FeedbackVersion).where(FeedbackVersion.item_id == item.id)
    return (await db.scalars(asked.order_by(FeedbackVersion.ordinal.desc()))).all()


async def file(db: AsyncSession, *, receipt: str, attachment_id: UUID) -> File:
    """Give an attachment, also one that waits for a person: to look at it is how it is decided.

    Raises:
        FeedbackNotFound, AttachmentNotFound
    """
    item = (await entry(db, receipt=receipt)).item
    for one in (await attachments.of_items(db, item_ids=[item.id])).get(item.id, []):
        if one.id == attachment_id:
            return File(
                content=await attachments.content(db, attachment_id=one.id),
                content_type=one.content_type,
                name=attachments.name_of(one, receipt=receipt),
            )
    raise AttachmentNotFound


async def attached(db: AsyncSession, *, consultation_id: UUID) -> dict[UUID, int]:
    """Count the attachments of the items that have any."""
    # EXISTS rather than a join, which SQLite begins with all items of the round.
    of_round = exists().where(
        FeedbackItem.id == FeedbackAttachment.item_id,
        FeedbackItem.consultation_id == consultation_id,
    )
    rows = await db.execute(
        select(FeedbackAttachment.item_id, func.count())
        .where(of_round)
        .group_by(FeedbackAttachment.item_id)
    )
    return {item_id: number for item_id, number in rows if item_id is not None}


_Rows = Select[FeedbackItem, FeedbackVersion, FeedbackAnswer, StaffAccount, FeedbackCheck]

_NEWEST = and_(
    FeedbackVersion.item_id == FeedbackItem.id,
    FeedbackVersion.ordinal == FeedbackItem.versions,
)


def _all() -> _Rows:
    checked = and_(
        FeedbackCheck.item_id == FeedbackItem.id, FeedbackCheck.ordinal == FeedbackItem.versions
    )
    return (
        select(FeedbackItem, FeedbackVersion, FeedbackAnswer, StaffAccount, FeedbackCheck)
        .join(FeedbackVersion, _NEWEST)
        .outerjoin(FeedbackAnswer, FeedbackAnswer.item_id == FeedbackItem.id)
        .outerjoin(StaffAccount, StaffAccount.id == FeedbackAnswer.assignee_id)
        .outerjoin(FeedbackCheck, checked)
    )


def _matching(consultation_id: UUID, which: Filter) -> _Rows:
    return _all().where(*_of_items(consultation_id, which), *_of_texts_and_answers(which))


def _of_items(consultation_id: UUID, which: Filter) -> Iterator[ColumnElement[bool]]:
    """Give the conditions that an item itself answers."""
    yield FeedbackItem.consultation_id == consultation_id
    yield FeedbackItem.kind == which.kind
    if which.source is not None:
        yield FeedbackItem.source == which.source
    if which.disposition == NONE or which.unanswered:
        yield FeedbackItem.withdrawn_at.is_(None)
    if which.tag:
        yield FeedbackItem.id.in_(select(FeedbackTag.item_id).where(FeedbackTag.word == which.tag))


def _of_texts_and_answers(which: Filter) -> list[ColumnElement[bool]]:
    """Give the conditions about what an item says, and what is answered."""
    asked: list[ColumnElement[bool]] = []
    if which.section:
        standard, _, rest = which.section.partition("/")
        version, _, code = rest.partition("/")
        asked += [
            FeedbackVersion.standard == standard,
            FeedbackVersion.version == version,
            FeedbackVersion.section == code,
        ]
    for column, wanted in (
        (FeedbackVersion.stakeholder, which.stakeholder),
        (FeedbackAnswer.disposition, which.disposition),
        (FeedbackAnswer.assignee_id, _id(which.assignee)),
    ):
        if wanted == NONE:
            asked.append(column.is_(None))
        elif wanted:
            asked.append(column == wanted)
    if which.unanswered:
        asked.append(or_(FeedbackAnswer.disposition.is_(None), FeedbackAnswer.response.is_(None)))
    if which.words:
        asked.append(_says(which.words))
    return asked


def _says(words: str) -> ColumnElement[bool]:
    texts = (FeedbackVersion.comment, FeedbackVersion.proposed_text, FeedbackVersion.rationale)
    return or_(
        FeedbackItem.receipt == words.upper(),
        *(text.icontains(words, autoescape=True) for text in texts),
    )


def _id(typed: str) -> UUID | str:
    """Give an account's id; what is none finds nothing."""
    if typed in {"", NONE}:
        return typed
    try:
        return UUID(typed)
    except ValueError:
        return UUID(int=0)


async def _entries(db: AsyncSession, asked: _Rows) -> list[Entry]:
    return [Entry(*row) for row in await db.execute(asked)]
