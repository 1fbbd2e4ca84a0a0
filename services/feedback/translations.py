"""Translations: what an item says in the other language, beside the original, which stays."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models import FeedbackItem, FeedbackTranslation, FeedbackVersion
from models.vocabulary import Language

TEXTS = ("comment", "proposed_text", "rationale")
"""What is translated: the fields of a version that are somebody's own words."""


async def of_items(
    db: AsyncSession, *, item_ids: Iterable[UUID]
) -> dict[UUID, FeedbackTranslation]:
    """Give the translations of the items that have one, of whatever version."""
    asked = select(FeedbackTranslation).where(FeedbackTranslation.item_id.in_(list(item_ids)))
    return {found.item_id: found for found in await db.scalars(asked)}


def into(version: FeedbackVersion) -> Language:
    """Give the language a version is translated into."""
    return Language.EN if version.language is Language.ZH else Language.ZH


def texts(version: FeedbackVersion, found: FeedbackTranslation | None) -> Mapping[str, str]:
    """Give the translation of each text of a version; of an older version's nothing holds."""
    if found is None or found.version != version.ordinal:
        return {}
    said = {name: getattr(found, name) for name in TEXTS}
    return {name: text for name, text in said.items() if text}


async def keep(db: AsyncSession, *, item: FeedbackItem) -> None:
    """Let the translation of an item's last text count for its last version, which repeats it."""
    await db.execute(
        update(FeedbackTranslation)
        .where(
            FeedbackTranslation.item_id == item.id,
            FeedbackTranslation.version == item.versions - 1,
        )
        .values(version=item.versions)
    )


async def forget(db: AsyncSession, *, item_id: UUID) -> None:
    """Take the translation of an item away: its text is gone."""
    await db.execute(delete(FeedbackTranslation).where(FeedbackTranslation.item_id == item_id))
