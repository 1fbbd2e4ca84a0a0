"""Tagging: giving items words to find them by, one or many at once."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback import tags
from services.feedback_desk import answering
from services.feedback_desk.answering import Deed
from services.feedback_desk.refusals import NothingChosen


async def tag(db: AsyncSession, *, receipts: Sequence[str], typed: str, by: Deed) -> int:
    """Give items a tag; tell how many had it not. What was withdrawn stays as it is.

    Raises:
        NothingChosen, FeedbackNotFound, TagUnfit, TooManyTags
    """
    if not receipts:
        raise NothingChosen
    word = tags.plain(typed)
    items = await answering.held_items(db, receipts)
    number = await tags.add(db, items=items, word=word)
    details = {"receipts": [item.receipt for item in items], "new": number}
    await answering.record(db, "feedback.tagged", f"{len(items)} items", by=by, details=details)
    return number


async def untag(db: AsyncSession, *, receipt: str, word: str, by: Deed) -> None:
    """Take a tag away from an item.

    Raises:
        FeedbackNotFound, FeedbackWithdrawn
    """
    item = await answering.standing_item(db, receipt)
    await tags.remove(db, item=item, word=word)
    await answering.record(db, "feedback.untagged", receipt, by=by, details={})
