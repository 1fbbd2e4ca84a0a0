"""Tags: words by which those at the desk find items again. Nobody else sees them."""

import unicodedata
from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import delete, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import FeedbackItem, FeedbackTag
from services.feedback.refusals import TagUnfit, TooManyTags

LONGEST = 20
MOST = 10
"""Tags of one item."""

MOST_OFFERED = 40


def plain(typed: str) -> str:
    """Give a tag as it is kept: composed, with single blanks, without the sign before it.

    Raises:
        TagUnfit
    """
    word = " ".join(unicodedata.normalize("NFKC", typed).split()).lstrip("#").strip()
    if not 0 < len(word) <= LONGEST or not word.isprintable():
        raise TagUnfit(field="tag", longest=LONGEST)
    return word


async def of_items(db: AsyncSession, *, item_ids: Iterable[UUID]) -> dict[UUID, list[str]]:
    """Give the tags of the items that have any, by their letters."""
    rows = await db.execute(
        select(FeedbackTag.item_id, FeedbackTag.word)
        .where(FeedbackTag.item_id.in_(list(item_ids)))
        .order_by(FeedbackTag.word)
    )
    found: dict[UUID, list[str]] = {}
    for item_id, word in rows:
        found.setdefault(item_id, []).append(word)
    return found


async def offered(db: AsyncSession, *, consultation_id: UUID) -> list[str]:
    """Give the tags of a round, those of most items first."""
    # EXISTS rather than a join, which SQLite begins with all items of the round.
    of_round = exists().where(
        FeedbackItem.id == FeedbackTag.item_id, FeedbackItem.consultation_id == consultation_id
    )
    found = await db.scalars(
        select(FeedbackTag.word)
        .where(of_round)
        .group_by(FeedbackTag.word)
        .order_by(func.count().desc(), FeedbackTag.word)
        .limit(MOST_OFFERED)
    )
    return list(found)


async def add(db: AsyncSession, *, items: Sequence[FeedbackItem], word: str) -> int:
    """Give items a tag; tell how many had it not. Their rows are to be held.

    Raises:
        TooManyTags
    """
    known = await of_items(db, item_ids=[item.id for item in items])
    new = [item for item in items if word not in known.get(item.id, [])]
    if any(len(known.get(item.id, [])) >= MOST for item in new):
        raise TooManyTags(field="tag", most=MOST)
    db.add_all(FeedbackTag(item_id=item.id, word=word) for item in new)
    await db.flush()
    return len(new)


async def remove(db: AsyncSession, *, item: FeedbackItem, word: str) -> None:
    """Take a tag away from an item. Done twice it is done once."""
    await db.execute(
        delete(FeedbackTag).where(FeedbackTag.item_id == item.id, FeedbackTag.word == word)
    )


async def forget(db: AsyncSession, *, item_id: UUID) -> None:
    """Take all tags of an item away: its text is gone."""
    await db.execute(delete(FeedbackTag).where(FeedbackTag.item_id == item_id))
