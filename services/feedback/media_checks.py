"""Content checks of pictures that came with feedback: asked for now, answered by a push later.

WeChat fetches the picture itself, from an address that is good for this alone and not for long.
Of the check's number nothing is left once it is answered: the push with it named its sender.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import FeedbackAttachment, MediaCheck
from models.vocabulary import AttachmentCheck, CheckReason, CheckVerdict
from services import jobs
from services.errors import NotFound
from services.feedback import attachments, checks
from services.feedback.attachments import File
from services.feedback.checks import FORGOTTEN, PATIENCE, VERDICTS, Writer
from services.runtime.sealing import Sealer
from services.wechat.pushes import MediaChecked

CHECK_PICTURE = "check_feedback_picture"
"""The kind of job that has a picture checked."""

PICTURES = frozenset({"image/png", "image/jpeg"})
"""What WeChat checks of that which may be attached; the rest a person looks at."""

ANSWERED_WITHIN = timedelta(hours=1)
"""How long we wait for the push; WeChat promises it in 30 minutes (facts, section 6.2)."""

STRAY_KEPT = timedelta(days=1)
"""How long an outcome is kept of a check that we know nothing of."""


class PictureNotFound(NotFound):
    """There is no such picture, or nobody is to look at it any more."""

    code = "picture_not_found"


@dataclass(frozen=True)
class Errand:
    """A picture to be checked, and for whom."""

    check_id: UUID
    openid: str = field(repr=False)


async def begin(
    db: AsyncSession,
    *,
    enclosed: Iterable[FeedbackAttachment],
    writer: Writer | None,
    now: datetime,
) -> None:
    """Have what came with feedback checked; what cannot be waits for a person to look at it."""
    for attachment in enclosed:
        check = MediaCheck(attachment_id=attachment.id, asked_at=now, due_at=now + PATIENCE)
        db.add(check)
        if writer is None or attachment.content_type not in PICTURES:
            checks.hold(check, CheckReason.IMPOSSIBLE, now=now)
            continue
        check.sealed_openid = writer.sealer.seal(writer.openid.encode(), about=_place(check.id))
        await _enqueue(db, check.id)


async def errand(
    db: AsyncSession, *, check_id: UUID, sealer: Sealer, now: datetime
) -> Errand | None:
    """Give what is to be checked; None when it was asked for, withdrawn, or its time is over."""
    check = await db.get(MediaCheck, check_id)
    if check is None or check.sealed_openid is None or now >= check.due_at:
        return None
    return Errand(check.id, sealer.open(check.sealed_openid, about=_place(check.id)).decode())


async def asked(db: AsyncSession, *, check_id: UUID, trace_id: str, now: datetime) -> None:
    """Write down by which number the outcome will come, and forget who sent it.

    Where the push was faster than we, its outcome is there already.
    """
    check = await pending(db, check_id=check_id)
    if check is None:
        return
    check.sealed_openid, check.due_at = None, now + ANSWERED_WITHIN
    stray = await _traced(db, trace_id)
    if stray is None:
        check.trace_id = trace_id
        return
    await db.delete(stray)
    await _close(db, check, stray.verdict, label=stray.label, now=now)


async def answered(db: AsyncSession, *, push: MediaChecked, now: datetime) -> None:
    """Write down what WeChat's push says of a picture. Told twice it counts once."""
    verdict = VERDICTS.get(push.suggestion) if push.error_code == 0 else None
    check = await _traced(db, push.trace_id)
    if check is not None:
        await _close(db, check, verdict, label=push.label, now=now)
        return
    stray = MediaCheck(asked_at=now, due_at=now + STRAY_KEPT, trace_id=push.trace_id[:64])
    stray.verdict = verdict or CheckVerdict.NEEDS_REVIEW
    stray.label, stray.decided_at = push.label, now
    db.add(stray)


async def give_up(db: AsyncSession, *, check_id: UUID, reason: CheckReason, now: datetime) -> None:
    """Leave a picture to a person."""
    check = await pending(db, check_id=check_id)
    if check is not None:
        checks.hold(check, reason, now=now)


async def pending(db: AsyncSession, *, check_id: UUID) -> MediaCheck | None:
    """Give a check that is still to be decided, locked."""
    check = await db.get(MediaCheck, check_id, with_for_update=True, populate_existing=True)
    return check if check is not None and check.verdict is CheckVerdict.PENDING else None


async def picture(db: AsyncSession, *, check_id: UUID) -> File:
    """Give the picture that WeChat was asked to look at, as long as it has not answered.

    Raises:
        PictureNotFound
    """
    found = await db.scalar(
        select(FeedbackAttachment)
        .join(MediaCheck, MediaCheck.attachment_id == FeedbackAttachment.id)
        .where(MediaCheck.id == check_id, MediaCheck.verdict == CheckVerdict.PENDING)
    )
    if found is None:
        raise PictureNotFound
    content = await attachments.content(db, attachment_id=found.id)
    return File(content=content, content_type=found.content_type, name=str(check_id))


async def sweep(db: AsyncSession, *, now: datetime) -> None:
    """End what is overdue, queue again what lost its job, drop outcomes that belong to nothing."""
    waiting = await db.scalars(
        select(MediaCheck)
        .where(MediaCheck.verdict == CheckVerdict.PENDING, MediaCheck.asked_at <= now - FORGOTTEN)
        .with_for_update(skip_locked=True)
    )
    for check in waiting.all():
        if check.due_at <= now:
            checks.hold(check, CheckReason.LATE, now=now)
            check.trace_id = None
        elif check.sealed_openid is not None:
            await _enqueue(db, check.id)
    strays = MediaCheck.attachment_id.is_(None)
    await db.execute(delete(MediaCheck).where(strays, MediaCheck.due_at <= now))


async def _close(
    db: AsyncSession,
    check: MediaCheck,
    verdict: CheckVerdict | None,
    *,
    label: int | None,
    now: datetime,
) -> None:
    """Decide a check; without a verdict WeChat could not look at it, and a person does."""
    if check.attachment_id is None or check.verdict is not CheckVerdict.PENDING:
        return
    check.trace_id = None
    if verdict is None:
        checks.hold(check, CheckReason.REFUSED, now=now)
        return
    check.verdict, check.reason, check.label = verdict, CheckReason.JUDGED, label
    check.decided_at, check.sealed_openid = now, None
    passed = verdict is CheckVerdict.PASSED
    await attachments.judge(
        db,
        attachment_id=check.attachment_id,
        check_state=AttachmentCheck.PASSED if passed else AttachmentCheck.HELD,
    )


async def _traced(db: AsyncSession, trace_id: str) -> MediaCheck | None:
    asked_for = select(MediaCheck).where(MediaCheck.trace_id == trace_id[:64])
    found: MediaCheck | None = await db.scalar(asked_for.with_for_update())
    return found


def _place(check_id: UUID) -> str:
    return f"media_checks.sealed_openid:{check_id}"


async def _enqueue(db: AsyncSession, check_id: UUID) -> None:
    await jobs.enqueue(db, CHECK_PICTURE, key=f"{CHECK_PICTURE}:{check_id}", check_id=str(check_id))
