"""Translating: what an item says in the other language, beside the original."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import FeedbackItem, FeedbackTranslation, FeedbackVersion, StaffAccount
from services.feedback import answers, translations
from services.feedback_desk import answering
from services.feedback_desk.answering import Deed
from services.feedback_desk.refusals import CommentChanged, TranslationChanged


@dataclass(frozen=True)
class Translated:
    """A translation and who made it."""

    translation: FeedbackTranslation
    by: str


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What a translation is to be; of all that is empty there is none."""

    comment: str = ""
    proposed_text: str = ""
    rationale: str = ""


async def of_item(db: AsyncSession, *, item: FeedbackItem) -> Translated | None:
    """Give the translation of an item and who made it, also that of an older version."""
    asked = (
        select(FeedbackTranslation, StaffAccount.name)
        .join(StaffAccount, StaffAccount.id == FeedbackTranslation.translated_by_id)
        .where(FeedbackTranslation.item_id == item.id)
    )
    found = (await db.execute(asked)).one_or_none()
    return Translated(*found) if found else None


async def translate(
    db: AsyncSession, *, receipt: str, wish: Wish, seen: tuple[int, int], by: Deed
) -> None:
    """Save the translation of an item, if neither it nor the original changed since it was seen.

    `seen` has the ordinal of the version that was read, and the revision of the translation, 0 for
    none. Where the answers are published, what is saved is public at once if its sender agreed.

    Raises:
        FeedbackNotFound, FeedbackWithdrawn, CommentChanged, TranslationChanged,
        AnswersArePublished
    """
    item = await answering.standing_item(db, receipt)
    version, revision = seen
    if item.versions != version:
        raise CommentChanged
    known = await db.get(FeedbackTranslation, item.id, populate_existing=True)
    if (known.revision if known else 0) != revision:
        raise TranslationChanged
    await answering.require_changeable(db, item, by)
    original = await _latest(db, item)
    saved = known or FeedbackTranslation(
        item_id=item.id,
        version=version,
        language=translations.into(original),
        translated_at=by.now,
        translated_by_id=by.account.id,
    )
    saved.version, saved.language = version, translations.into(original)
    saved.translated_at, saved.translated_by_id = by.now, by.account.id
    saved.revision += 1
    for name in translations.TEXTS:
        setattr(saved, name, getattr(wish, name) or None)
    db.add(saved)
    await db.flush()
    await answers.show_anew(db, item=item)
    details = {"version": version, "language": saved.language.value}
    await answering.record(db, "feedback.translated", receipt, by=by, details=details)


async def _latest(db: AsyncSession, item: FeedbackItem) -> FeedbackVersion:
    asked = select(FeedbackVersion).where(
        FeedbackVersion.item_id == item.id, FeedbackVersion.ordinal == item.versions
    )
    return (await db.scalars(asked)).one()
