"""Coverage: who has said something on what so far, for outreach while there is time."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import FeedbackItem, FeedbackVersion, Section, Term
from models.vocabulary import FeedbackKind, TermSet
from services import consultations

NOT_SAID = ""
"""Stands for those who did not say what group they are of."""


@dataclass(frozen=True)
class Coverage:
    """How many comments stand on each section, by the group of who sent them."""

    sections: list[Section]
    stakeholders: list[Term]
    counts: Mapping[tuple[str, str], int]
    """By the section's key, as a filter of the log takes it, and the group's code."""

    @property
    def total(self) -> int:
        """All comments, of sections that are gone from the pack too."""
        return sum(self.counts.values())

    def of_group(self, stakeholder: str) -> int:
        """Count what one group said."""
        return sum(number for (_, group), number in self.counts.items() if group == stakeholder)

    def of_section(self, key: str) -> int:
        """Count what was said on one section."""
        return sum(number for (section, _), number in self.counts.items() if section == key)

    def silent(self, key: str) -> list[Term]:
        """Give the groups that have said nothing on a section."""
        return [term for term in self.stakeholders if not self.counts.get((key, term.code))]


def key(standard: str, version: str, section: str) -> str:
    """Name a section as filters do."""
    return f"{standard}/{version}/{section}"


async def coverage(db: AsyncSession, *, consultation_id: UUID) -> Coverage:
    """Count the comments of a round that were not withdrawn."""
    vocabulary = await consultations.vocabulary(db, consultation_id=consultation_id)
    columns = (
        FeedbackVersion.standard,
        FeedbackVersion.version,
        FeedbackVersion.section,
        FeedbackVersion.stakeholder,
    )
    latest = and_(
        FeedbackVersion.item_id == FeedbackItem.id,
        FeedbackVersion.ordinal == FeedbackItem.versions,
    )
    rows = await db.execute(
        select(*columns, func.count())
        .select_from(FeedbackItem)
        .join(FeedbackVersion, latest)
        .where(
            FeedbackItem.consultation_id == consultation_id,
            FeedbackItem.kind == FeedbackKind.COMMENT,
            FeedbackItem.withdrawn_at.is_(None),
        )
        .group_by(*columns)
    )
    counts: Counter[tuple[str, str]] = Counter()
    for standard, version, section, stakeholder, number in rows:
        counts[key(standard, version, section), stakeholder or NOT_SAID] += number
    return Coverage(
        sections=vocabulary.sections,
        stakeholders=[term for term in vocabulary.terms if term.term_set is TermSet.STAKEHOLDER],
        counts=counts,
    )
