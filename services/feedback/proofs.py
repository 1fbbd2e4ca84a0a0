"""Proofs: what a sender keeps to show later what they said, and when.

A proof has all that a link of the chain was made of. Its text and salt are the sender's alone: who
has them can have them confirmed, also after the item was withdrawn here, and nobody else can.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, and_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from models import FeedbackItem, FeedbackVersion
from services.feedback import chain
from services.feedback import content as contents


@dataclass(frozen=True)
class Link:
    """A place in the chain, and what its SHA-256 is over."""

    receipt: str
    series: str
    position: int
    item_id: UUID
    ordinal: int
    written_at: datetime
    content_sha256: str
    previous_sha256: str
    receipt_sha256: str


@dataclass(frozen=True)
class Proof:
    """One version of an item with all that is needed to compute its link."""

    link: Link
    salt: bytes
    text: str
    """What the version says, in the very letters that were hashed."""


async def of_item(db: AsyncSession, *, item: FeedbackItem) -> list[Proof]:
    """Give the proofs of an item's versions, oldest first; none once it was withdrawn."""
    found = await db.execute(_links().where(FeedbackItem.id == item.id))
    return [
        Proof(
            link=_link(receipt, version, previous),
            salt=version.salt,
            text=contents.of_version(version).canonical(),
        )
        for receipt, version, previous in found
        if version.salt is not None
    ]


async def confirm(db: AsyncSession, *, receipt: str, salt: bytes, text: str) -> Link | None:
    """Give the link that a text and its salt are in, None if they are in none of the receipt's.

    Without the salt, 128 random bits, nobody learns by trying what an item says.
    """
    digest = hashlib.sha256(salt + text.encode()).hexdigest()
    asked = _links().where(
        FeedbackItem.receipt == receipt, FeedbackVersion.content_sha256 == digest
    )
    found = (await db.execute(asked)).first()
    return _link(*found) if found else None


def _links() -> Select[str, FeedbackVersion, str]:
    previous = aliased(FeedbackVersion)
    return (
        select(FeedbackItem.receipt, FeedbackVersion, previous.receipt_sha256)
        .join(FeedbackVersion, FeedbackVersion.item_id == FeedbackItem.id)
        .outerjoin(
            previous,
            and_(
                previous.series == FeedbackVersion.series,
                previous.position == FeedbackVersion.position - 1,
            ),
        )
        .order_by(FeedbackVersion.ordinal)
    )


def _link(receipt: str, version: FeedbackVersion, previous: str | None) -> Link:
    return Link(
        receipt=receipt,
        series=version.series,
        position=version.position,
        item_id=version.item_id,
        ordinal=version.ordinal,
        written_at=version.written_at,
        content_sha256=version.content_sha256,
        previous_sha256=previous or chain.FIRST_LINK,
        receipt_sha256=version.receipt_sha256,
    )
