"""Attachments: pictures and PDFs that are uploaded first and sent along with feedback then.

An upload belongs to whoever has its token, and to nobody by name: so it can go with anonymous
feedback, and leaves nothing that leads to its sender.
"""

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models import FeedbackAttachment, FeedbackItem
from models.vocabulary import AttachmentCheck
from services import attempts
from services.feedback.files import SUFFIXES, Checked
from services.feedback.refusals import (
    AttachmentHeld,
    AttachmentNotFound,
    AttachmentUnknown,
    TooManyAttachments,
    TooManyUploads,
)
from services.runtime.blind_index import BlindIndex

MOST = 3
"""Attachments of one item."""

UPLOADS = 30
"""Of one visitor in an hour, sent along or not."""

KEPT = timedelta(days=1)
"""How long an upload waits to be sent along."""

TOKEN_BYTES = 24


@dataclass(frozen=True)
class Uploaded:
    """An upload that was just taken in. Its token is known only here."""

    attachment: FeedbackAttachment
    token: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class Filing:
    """What is to become of an item's attachments."""

    added: tuple[str, ...] = ()
    """The tokens of uploads."""

    removed: frozenset[UUID] = frozenset()


@dataclass(frozen=True)
class Filed:
    """An item's attachments as they are now, and which of them are new."""

    every: list[FeedbackAttachment]
    new: list[FeedbackAttachment]


@dataclass(frozen=True)
class File:
    """An attachment to be given out."""

    content: bytes = field(repr=False)
    content_type: str
    name: str


async def take_in(
    db: AsyncSession, *, checked: Checked, visitor_id: UUID, index: BlindIndex, now: datetime
) -> Uploaded:
    """Keep a file that was checked. `now` is the machine's time; of the visitor only a count stays.

    Raises:
        TooManyUploads
    """
    key = index.of(str(visitor_id), about="attempt_counts.uploader")
    if await attempts.count(db, key=key, now=now) > UPLOADS:
        raise TooManyUploads(limit=UPLOADS)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    attachment = FeedbackAttachment(
        token_sha256=_digest(token),
        sha256=checked.sha256,
        size_bytes=len(checked.content),
        content_type=checked.content_type,
        uploaded_at=now,
        content=checked.content,
    )
    db.add(attachment)
    await db.flush()
    return Uploaded(attachment, token, expires_at=now + KEPT)


async def claim(db: AsyncSession, *, tokens: Sequence[str]) -> list[FeedbackAttachment]:
    """Give the uploads that tokens stand for, in their order, held until they are attached.

    Raises:
        AttachmentUnknown: one is not there, belongs to an item already, or is named twice.
    """
    if not tokens:
        return []
    found = await db.scalars(
        select(FeedbackAttachment)
        .where(
            FeedbackAttachment.token_sha256.in_([_digest(token) for token in tokens]),
            FeedbackAttachment.item_id.is_(None),
        )
        .order_by(FeedbackAttachment.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    waiting = {attachment.token_sha256: attachment for attachment in found}
    if len(waiting) != len(tokens):
        raise AttachmentUnknown
    return [waiting[_digest(token)] for token in tokens]


def attach(claimed: Sequence[FeedbackAttachment], *, item: FeedbackItem, behind: int = 0) -> None:
    """Make uploads part of an item, placed behind those it has."""
    for position, attachment in enumerate(claimed, start=behind + 1):
        attachment.item_id = item.id
        attachment.position = position


async def refile(db: AsyncSession, *, item: FeedbackItem, filing: Filing) -> Filed:
    """Add to an item's attachments and take some away; the places of the others stay.

    Raises:
        AttachmentNotFound, AttachmentUnknown, TooManyAttachments
    """
    before = (await of_items(db, item_ids=[item.id])).get(item.id, [])
    if not filing.removed <= {attachment.id for attachment in before}:
        raise AttachmentNotFound
    kept = [attachment for attachment in before if attachment.id not in filing.removed]
    new = await claim(db, tokens=filing.added)
    if len(kept) + len(new) > MOST:
        raise TooManyAttachments(limit=MOST)
    await db.execute(delete(FeedbackAttachment).where(FeedbackAttachment.id.in_(filing.removed)))
    attach(new, item=item, behind=max((one.position for one in before), default=0))
    return Filed(every=[*kept, *new], new=new)


async def of_items(
    db: AsyncSession, *, item_ids: Iterable[UUID]
) -> dict[UUID, list[FeedbackAttachment]]:
    """Give the attachments of items, without their bytes."""
    found = await db.scalars(
        select(FeedbackAttachment)
        .where(FeedbackAttachment.item_id.in_(list(item_ids)))
        .order_by(FeedbackAttachment.position)
    )
    by_item: dict[UUID, list[FeedbackAttachment]] = {}
    for attachment in found:
        if attachment.item_id is not None:
            by_item.setdefault(attachment.item_id, []).append(attachment)
    return by_item


def name_of(attachment: FeedbackAttachment, *, receipt: str) -> str:
    """Give the name it is given out under: its own may have named a person, and is not kept."""
    return f"{receipt}-{attachment.position}.{SUFFIXES[attachment.content_type]}"


async def file(db: AsyncSession, *, item: FeedbackItem, attachment_id: UUID) -> File:
    """Give an attachment of an item, whose sender was asked for before.

    Raises:
        AttachmentNotFound, AttachmentHeld
    """
    found = await db.scalar(
        select(FeedbackAttachment).where(
            FeedbackAttachment.id == attachment_id, FeedbackAttachment.item_id == item.id
        )
    )
    if found is None:
        raise AttachmentNotFound
    if found.check_state is AttachmentCheck.HELD:
        raise AttachmentHeld
    return File(
        content=await content(db, attachment_id=found.id),
        content_type=found.content_type,
        name=name_of(found, receipt=item.receipt),
    )


async def content(db: AsyncSession, *, attachment_id: UUID) -> bytes:
    """Give an attachment's bytes.

    Raises:
        AttachmentNotFound
    """
    found = await db.scalar(
        select(FeedbackAttachment.content).where(FeedbackAttachment.id == attachment_id)
    )
    if found is None:
        raise AttachmentNotFound
    return found


async def judge(db: AsyncSession, *, attachment_id: UUID, check_state: AttachmentCheck) -> None:
    """Write down what a check or a person found; nothing happens where it is gone."""
    await db.execute(
        update(FeedbackAttachment)
        .where(FeedbackAttachment.id == attachment_id)
        .values(check_state=check_state)
    )


async def remove(db: AsyncSession, *, item_id: UUID) -> None:
    """Take an item's attachments away."""
    await db.execute(delete(FeedbackAttachment).where(FeedbackAttachment.item_id == item_id))


async def forget_unsent(db: AsyncSession, *, now: datetime) -> None:
    """Take away the uploads that were not sent along. `now` is machine time."""
    await db.execute(
        delete(FeedbackAttachment).where(
            FeedbackAttachment.item_id.is_(None), FeedbackAttachment.uploaded_at <= now - KEPT
        )
    )


async def export(db: AsyncSession, *, visitor_id: UUID) -> list[dict[str, Any]]:
    """Give what is kept of a visitor's attachments; their bytes are to be had by the receipt."""
    found = await db.execute(
        select(FeedbackAttachment, FeedbackItem.receipt)
        .join(FeedbackItem, FeedbackItem.id == FeedbackAttachment.item_id)
        .where(FeedbackItem.visitor_id == visitor_id)
        .order_by(FeedbackItem.receipt, FeedbackAttachment.position)
    )
    return [
        {
            "receipt": receipt,
            "id": str(attachment.id),
            "name": name_of(attachment, receipt=receipt),
            "content_type": attachment.content_type,
            "size_bytes": attachment.size_bytes,
            "sha256": attachment.sha256,
            "uploaded_at": attachment.uploaded_at.isoformat(),
        }
        for attachment, receipt in found
    ]


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
