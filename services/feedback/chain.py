"""The chain of receipts: gapless numbers, and links that show when something was changed later.

A link covers the link before it, ids, an instant and a salted digest: never a text or a person.
One chain runs through all rounds that open in the same year, since their receipts share numbers.
"""

import hashlib
import json
import re
import secrets
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import Consultation, FeedbackItem, FeedbackVersion, ReceiptHead
from models.vocabulary import FeedbackKind
from services.feedback import content as contents
from services.feedback.content import Content
from services.runtime.dialects import insert

FIRST_LINK = "0" * 64
SALT_BYTES = 16

RECEIPT = re.compile(r"ASI-CN-Q?[0-9]{4}-[0-9]{5,9}")
"""What a receipt's number looks like."""


def series(consultation: Consultation, kind: FeedbackKind) -> str:
    """Name the series that a round's receipts are of: the year it opens in, in its own zone.

    Questions are numbered by themselves, so that the log of comments has no gaps where they were.
    """
    year = f"{consultation.opens_at.astimezone(ZoneInfo(consultation.time_zone)).year}"
    return f"Q{year}" if kind is FeedbackKind.QUESTION else year


async def head(db: AsyncSession, *, of: str) -> ReceiptHead:
    """Give the head of a series, held until the transaction ends. To be asked for last."""
    await db.execute(
        insert(db, ReceiptHead)
        .values(series=of, number=0, position=0, sha256=FIRST_LINK)
        .on_conflict_do_nothing(index_elements=["series"])
    )
    asked = select(ReceiptHead).where(ReceiptHead.series == of).with_for_update()
    return (await db.scalars(asked.execution_options(populate_existing=True))).one()


def next_receipt(held: ReceiptHead) -> str:
    """Give the next number of a series."""
    held.number += 1
    return f"ASI-CN-{held.series}-{held.number:05d}"


def append(
    held: ReceiptHead, item: FeedbackItem, *, content: Content, now: datetime
) -> FeedbackVersion:
    """Make the next version of an item and the next link of the chain."""
    salt = secrets.token_bytes(SALT_BYTES)
    item.versions += 1
    held.position += 1
    version = FeedbackVersion(
        item_id=item.id,
        ordinal=item.versions,
        written_at=now,
        series=held.series,
        position=held.position,
        salt=salt,
        content_sha256=content.digest(salt),
        receipt_sha256="",
        **contents.columns(content),
    )
    version.receipt_sha256 = _link(held.sha256, version)
    held.sha256 = version.receipt_sha256
    return version


async def first_fault(db: AsyncSession, *, of: str) -> int | None:
    """Give the first position of a chain that is not as it was written, None if all are.

    A row that is gone is a fault where it stood, also at the chain's end.
    """
    previous, position = FIRST_LINK, 0
    asked = select(FeedbackVersion).where(FeedbackVersion.series == of)
    for version in await db.scalars(asked.order_by(FeedbackVersion.position)):
        position += 1
        if version.position != position or not _is_sound(version, previous):
            return position
        previous = version.receipt_sha256
    end = await db.get(ReceiptHead, of)
    told = (end.position, end.sha256) if end else (0, FIRST_LINK)
    return None if told == (position, previous) else position + 1


def _is_sound(version: FeedbackVersion, previous: str) -> bool:
    said = contents.of_version(version)
    readable = version.salt is not None
    if version.salt is not None and said.digest(version.salt) != version.content_sha256:
        return False
    # Without its salt it was withdrawn: then it may say nothing any more.
    return (readable or said == contents.silent(said)) and version.receipt_sha256 == _link(
        previous, version
    )


def _link(previous: str, version: FeedbackVersion) -> str:
    parts = [
        previous,
        version.series,
        version.position,
        str(version.item_id),
        version.ordinal,
        version.written_at.isoformat(),
        version.content_sha256,
    ]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
