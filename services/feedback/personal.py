"""What feedback keeps about a visitor: given to them, and taken away."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models import Consultation, FeedbackCheck, FeedbackItem, FeedbackOrigin, FeedbackVersion
from models.vocabulary import CheckReason, CheckVerdict, ConsentKind
from services import consents
from services.consents import Choices
from services.feedback import (
    answers,
    attachments,
    chain,
    checks,
    drafts,
    origins,
    tags,
    translations,
)
from services.feedback import content as contents

_NOBODY = Choices({ConsentKind.CONTACT: False, ConsentKind.PUBLISH_NAME: False})
"""Who cannot be told from others any more can be neither asked back nor named."""


async def export(db: AsyncSession, *, visitor_id: UUID) -> dict[str, list[dict[str, Any]]]:
    """Give all that a visitor sent under their login, oldest first, and what they began."""
    return {
        "feedback": [await _exported(db, item) for item in await _items(db, visitor_id)],
        "attachments": await attachments.export(db, visitor_id=visitor_id),
        "drafts": await drafts.export(db, visitor_id=visitor_id),
    }


async def erase(db: AsyncSession, *, visitor_id: UUID, now: datetime) -> None:
    """Take away drafts, and what leads from comments to their sender; the comments stay.

    A last version without organisation and attachments takes the place of those before it, which
    are emptied as by withdrawal: the chain of receipts holds.
    """
    await drafts.erase(db, visitor_id=visitor_id)
    await forget_senders(db, await _items(db, visitor_id), now)


async def leave_the_text(db: AsyncSession, *, item: FeedbackItem, now: datetime) -> None:
    """Take away what an item says of its sender; its text and what may be done with it stay."""
    await attachments.remove(db, item_id=item.id)
    await consents.record(db, about=item, choices=_NOBODY, now=now)
    content = contents.of_version((await _versions(db, item))[-1])
    content = replace(
        content, organisation=None, may_contact=False, may_publish_name=False, attachments=()
    )
    consultation = await db.get_one(Consultation, item.consultation_id)
    head = await chain.head(db, of=chain.series(consultation, item.kind))
    db.add(chain.append(head, item, content=content, now=now))
    await db.flush()
    await _keep_the_check(db, item, now)
    await answers.keep_redaction(db, item=item)
    await translations.keep(db, item=item)
    await db.execute(
        update(FeedbackVersion)
        .where(FeedbackVersion.item_id == item.id, FeedbackVersion.ordinal < item.versions)
        .values(salt=None, **contents.SILENCED)
    )


def told_by_somebody(consultation_id: UUID) -> Select[FeedbackItem]:
    """Ask for the items of a round that still lead to somebody."""
    said = and_(
        FeedbackVersion.item_id == FeedbackItem.id,
        or_(FeedbackVersion.organisation.is_not(None), FeedbackVersion.may_contact),
    )
    known = and_(
        FeedbackOrigin.item_id == FeedbackItem.id, FeedbackOrigin.sealed_sender.is_not(None)
    )
    return select(FeedbackItem).where(
        FeedbackItem.consultation_id == consultation_id,
        or_(FeedbackItem.visitor_id.is_not(None), exists().where(said), exists().where(known)),
    )


def with_text(consultation_id: UUID) -> Select[FeedbackItem]:
    """Ask for the items of a round whose text is still kept."""
    said = and_(FeedbackVersion.item_id == FeedbackItem.id, FeedbackVersion.salt.is_not(None))
    return select(FeedbackItem).where(
        FeedbackItem.consultation_id == consultation_id, exists().where(said)
    )


async def forget_senders(db: AsyncSession, found: Sequence[FeedbackItem], now: datetime) -> None:
    """Take away what items say of their senders."""
    for item in found:
        if item.withdrawn_at is None:
            await leave_the_text(db, item=item, now=now)
        await origins.forget_sender(db, item_id=item.id)
        item.visitor_id = item.channel = None
    await db.flush()


async def forget_texts(db: AsyncSession, found: Sequence[FeedbackItem], _now: datetime) -> None:
    """Empty items as withdrawal does: number, codes and links of the chain stay."""
    for item in found:
        await attachments.remove(db, item_id=item.id)
        await checks.forget(db, item_id=item.id)
        await answers.forget_texts(db, item=item)
        await translations.forget(db, item_id=item.id)
        await tags.forget(db, item_id=item.id)
        await db.execute(
            update(FeedbackVersion)
            .where(FeedbackVersion.item_id == item.id)
            .values(salt=None, **contents.SILENCED)
        )


async def _keep_the_check(db: AsyncSession, item: FeedbackItem, now: datetime) -> None:
    """Let the check of the text count for its last version; one that is pending knows a person."""
    found = await db.scalars(
        select(FeedbackCheck)
        .where(FeedbackCheck.item_id == item.id)
        .order_by(FeedbackCheck.ordinal)
        .with_for_update()
    )
    known = list(found)
    for check in known:
        if check.verdict is CheckVerdict.PENDING:
            checks.hold(check, CheckReason.IMPOSSIBLE, now=now)
    for check in known[-1:]:
        check.ordinal = item.versions


async def _exported(db: AsyncSession, item: FeedbackItem) -> dict[str, Any]:
    return {
        "receipt": item.receipt,
        "kind": item.kind.value,
        "source": item.source.value,
        "channel": item.channel,
        "submitted_at": item.submitted_at.isoformat(),
        "withdrawn_at": item.withdrawn_at.isoformat() if item.withdrawn_at else None,
        "versions": [
            {"written_at": version.written_at.isoformat(), "receipt_sha256": version.receipt_sha256}
            | contents.columns(contents.of_version(version))
            for version in await _versions(db, item)
        ],
        "consents": await consents.export(db, about=item),
        "answer": await _answer(db, item),
    }


async def _answer(db: AsyncSession, item: FeedbackItem) -> dict[str, Any] | None:
    found = (await answers.published(db, item_ids=[item.id])).get(item.id)
    if found is None:
        return None
    return {
        "disposition": found.disposition,
        "response": asdict(found.response),
        "published_at": found.published_at.isoformat(),
    }


async def _items(db: AsyncSession, visitor_id: UUID) -> Sequence[FeedbackItem]:
    found = await db.scalars(
        select(FeedbackItem)
        .where(FeedbackItem.visitor_id == visitor_id)
        .order_by(FeedbackItem.submitted_at, FeedbackItem.receipt)
    )
    return found.all()


async def _versions(db: AsyncSession, item: FeedbackItem) -> Sequence[FeedbackVersion]:
    found = await db.scalars(
        select(FeedbackVersion)
        .where(FeedbackVersion.item_id == item.id)
        .order_by(FeedbackVersion.ordinal)
    )
    return found.all()
