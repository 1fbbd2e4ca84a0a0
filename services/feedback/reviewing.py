"""What waits for a person to look at it, and what they decide."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import FeedbackAttachment, FeedbackCheck, FeedbackItem, FeedbackVersion, MediaCheck
from models.vocabulary import AttachmentCheck, CheckReason, CheckVerdict
from services.feedback import answers, attachments, checks
from services.feedback.refusals import FeedbackNotFound

_HELD = (CheckVerdict.RISKY, CheckVerdict.NEEDS_REVIEW)


@dataclass(frozen=True)
class Held:
    """An item of which something waits for a person."""

    item: FeedbackItem
    version: FeedbackVersion
    text: FeedbackCheck | None
    """None when only attachments wait."""

    files: Sequence[MediaCheck] = field(default_factory=list)


async def held(db: AsyncSession) -> list[Held]:
    """Give what waits for a person, as it stands now, the oldest first."""
    texts = {check.item_id: check for check in await db.scalars(_texts())}
    files: dict[UUID, list[MediaCheck]] = {}
    for check, item_id in await db.execute(_files()):
        files.setdefault(item_id, []).append(check)
    rows = await db.execute(
        select(FeedbackItem, FeedbackVersion)
        .join(FeedbackVersion, _is_latest())
        .where(
            FeedbackItem.id.in_(texts.keys() | files.keys()), FeedbackItem.withdrawn_at.is_(None)
        )
        .order_by(FeedbackItem.submitted_at, FeedbackItem.receipt)
    )
    return [
        Held(item, version, texts.get(item.id), files.get(item.id, [])) for item, version in rows
    ]


async def decide(db: AsyncSession, *, receipt: str, passed: bool, now: datetime) -> None:
    """Write down what a person thinks of all that waits for them in an item.

    Raises:
        FeedbackNotFound: also where nothing waits
    """
    found = next((one for one in await held(db) if one.item.receipt == receipt), None)
    if found is None:
        raise FeedbackNotFound
    verdict = CheckVerdict.PASSED if passed else CheckVerdict.RISKY
    waiting: list[FeedbackCheck | MediaCheck] = [*found.files]
    waiting += [found.text] if found.text else []
    for check in waiting:
        checks.hold(check, CheckReason.PERSON, now=now)
        check.verdict = verdict
    state = AttachmentCheck.PASSED if passed else AttachmentCheck.HELD
    for file in found.files:
        if file.attachment_id is not None:
            await attachments.judge(db, attachment_id=file.attachment_id, check_state=state)
    await answers.show_anew(db, item=found.item)


def _texts() -> Select[FeedbackCheck]:
    return (
        select(FeedbackCheck)
        .join(FeedbackItem, FeedbackItem.id == FeedbackCheck.item_id)
        .where(FeedbackCheck.ordinal == FeedbackItem.versions, _waits(FeedbackCheck))
    )


def _files() -> Select[MediaCheck, UUID]:
    return (
        select(MediaCheck, FeedbackItem.id)
        .join(FeedbackAttachment, FeedbackAttachment.id == MediaCheck.attachment_id)
        .join(FeedbackItem, FeedbackItem.id == FeedbackAttachment.item_id)
        .where(_waits(MediaCheck))
        .order_by(FeedbackAttachment.position)
    )


def _waits(table: type[FeedbackCheck | MediaCheck]) -> ColumnElement[bool]:
    undecided = or_(table.reason.is_(None), table.reason != CheckReason.PERSON)
    return and_(table.verdict.in_(_HELD), undecided)


def _is_latest() -> ColumnElement[bool]:
    return and_(
        FeedbackVersion.item_id == FeedbackItem.id,
        FeedbackVersion.ordinal == FeedbackItem.versions,
    )
