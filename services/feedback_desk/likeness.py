"""Likeness: comments that say nearly the same, such as those of a campaign, grouped for one look.

Nothing is taken away or counted differently for it.
"""

import asyncio
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from heapq import nsmallest
from uuid import UUID
from zlib import crc32

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import FeedbackAnswer, FeedbackItem, FeedbackVersion
from models.vocabulary import FeedbackKind

PIECE = 4
"""Signs of a piece of text. Texts are as alike as they share pieces: four are a Chinese phrase."""

SHORTEST = 12
"""Signs below which texts are alike by chance."""

ALIKE = 0.6
"""The share of pieces, of all that two texts have, from which on they are nearly the same.

One changed sign takes four pieces away on each side: of a text of 40, one in six.
"""

MARKS = 12
"""Pieces of a text by which others like it are looked for: those with the smallest checksums.

Two texts that share 60 % of their pieces have none of them in common once in 60,000 times.
"""

MOST = 50
"""Groups shown at once."""

AT_ONCE = 100
"""Members of a group shown at once, and so the most that one form answers."""


@dataclass(frozen=True)
class Said:
    """One comment's text."""

    receipt: str
    text: str
    disposed: bool = False
    """Whether it has a disposition already."""


@dataclass
class Group:
    """Comments that say nearly the same as the first of them."""

    members: list[Said]
    pieces: frozenset[int] = field(repr=False)

    @property
    def next(self) -> list[Said]:
        """The members to be worked through next: those without a disposition first, at most 100."""
        return sorted(self.members, key=lambda one: one.disposed)[:AT_ONCE]


async def groups(db: AsyncSession, *, consultation_id: UUID) -> list[Group]:
    """Give the groups of a round, the largest first, at most 50; those of one are none."""
    latest = and_(
        FeedbackVersion.item_id == FeedbackItem.id,
        FeedbackVersion.ordinal == FeedbackItem.versions,
    )
    rows = await db.execute(
        select(FeedbackItem.receipt, FeedbackVersion.comment, FeedbackAnswer.disposition)
        .join(FeedbackVersion, latest)
        .outerjoin(FeedbackAnswer, FeedbackAnswer.item_id == FeedbackItem.id)
        .where(
            FeedbackItem.consultation_id == consultation_id,
            FeedbackItem.kind == FeedbackKind.COMMENT,
            FeedbackItem.withdrawn_at.is_(None),
            FeedbackVersion.comment.is_not(None),
        )
        .order_by(FeedbackItem.receipt)
    )
    said = [Said(receipt, text or "", disposed=bool(word)) for receipt, text, word in rows]
    # Thousands of texts take a second of a processor: others are served meanwhile.
    return await asyncio.to_thread(grouped, said)


def grouped(said: Sequence[Said]) -> list[Group]:
    """Group texts, each with the first group whose first text it is like enough."""
    found: list[Group] = []
    by_mark: dict[int, list[int]] = defaultdict(list)
    for one in said:
        pieces = _pieces(one.text)
        marks = nsmallest(MARKS, pieces)
        near = sorted({number for mark in marks for number in by_mark[mark]})
        like = next(
            (found[number] for number in near if _alike(found[number].pieces, pieces)), None
        )
        if like is not None:
            like.members.append(one)
            continue
        for mark in marks:
            by_mark[mark].append(len(found))
        found.append(Group([one], pieces))
    several = [group for group in found if len(group.members) > 1]
    return sorted(several, key=lambda group: -len(group.members))[:MOST]


def _pieces(text: str) -> frozenset[int]:
    folded = unicodedata.normalize("NFKC", text).casefold()
    signs = "".join(sign for sign in folded if sign.isalnum())
    if len(signs) < SHORTEST:
        return frozenset()
    encoded = signs.encode("utf-32-le")
    width = 4 * PIECE
    ends = range(width, len(encoded) + 1, 4)
    return frozenset(crc32(encoded[end - width : end]) for end in ends)


def _alike(one: frozenset[int], other: frozenset[int]) -> bool:
    shared = len(one & other)
    return shared >= ALIKE * (len(one) + len(other) - shared)
