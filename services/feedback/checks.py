"""Content checks: what of our feedback WeChat has looked at, and what waits for a person.

Each version of an item is checked once. Nothing is ever refused or lost by a check: what is risky,
doubtful, late, or cannot be checked is held, and its sender is told nothing of it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import accumulate
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import FeedbackCheck, FeedbackItem, FeedbackVersion, MediaCheck
from models.vocabulary import CheckReason, CheckVerdict
from services import jobs
from services.runtime.sealing import Sealer
from services.wechat.gateway import Suggestion, TextCheck

CHECK_TEXT = "check_feedback_text"
"""The kind of job that has a text checked."""

PATIENCE = timedelta(hours=1, minutes=55)
"""How long a check may take. WeChat checks for whoever was in the mini-program in the last 2 h
(facts, section 6.1), and after 2 h nothing here may know who sent an anonymous comment."""

FORGOTTEN = timedelta(minutes=2)
"""A check that is pending for so long may have lost its job."""

LONGEST_PIECE = 2500
"""Characters of a text that WeChat checks at once; facts, section 6.1, read on 2026-11-23."""

OVERLAP = 50
"""Characters that two pieces share, so that no word is hidden by being cut in two."""

VERDICTS: Mapping[str, CheckVerdict] = {
    "pass": CheckVerdict.PASSED,
    "review": CheckVerdict.NEEDS_REVIEW,
    "risky": CheckVerdict.RISKY,
}
_GRAVITY: tuple[Suggestion, ...] = ("pass", "review", "risky")


@dataclass(frozen=True)
class Writer:
    """Who wrote something in the mini-program just now: WeChat checks it for them, or not at all.

    What the sealer sealed is the only trace of who sent an anonymous comment.
    """

    openid: str = field(repr=False)
    sealer: Sealer = field(repr=False)


def written_by(openid: str | None, *, sealer: Sealer) -> Writer | None:
    """Give who wrote something, None for somebody whom the mini-program does not know."""
    return Writer(openid, sealer) if openid else None


@dataclass(frozen=True)
class Errand:
    """A text to be checked, and for whom."""

    check_id: UUID
    text: str = field(repr=False)
    openid: str = field(repr=False)


async def begin(
    db: AsyncSession, *, version: FeedbackVersion, writer: Writer | None, now: datetime
) -> FeedbackCheck:
    """Have a new version checked; what nobody in the mini-program wrote waits for a person."""
    check = FeedbackCheck(
        item_id=version.item_id, ordinal=version.ordinal, asked_at=now, due_at=now + PATIENCE
    )
    db.add(check)
    if writer is None:
        hold(check, CheckReason.IMPOSSIBLE, now=now)
        return check
    check.sealed_openid = writer.sealer.seal(writer.openid.encode(), about=_place(check.id))
    await _enqueue(db, check.id)
    return check


async def errand(
    db: AsyncSession, *, check_id: UUID, sealer: Sealer, now: datetime
) -> Errand | None:
    """Give what is to be checked; None when it is decided, withdrawn, or its time is over."""
    check = await db.get(FeedbackCheck, check_id)
    if check is None or check.sealed_openid is None or now >= check.due_at:
        return None
    version = await db.scalar(
        select(FeedbackVersion).where(
            FeedbackVersion.item_id == check.item_id, FeedbackVersion.ordinal == check.ordinal
        )
    )
    openid = sealer.open(check.sealed_openid, about=_place(check.id)).decode()
    return Errand(check.id, text=_words(version), openid=openid) if version else None


async def pending(db: AsyncSession, *, check_id: UUID) -> FeedbackCheck | None:
    """Give a check that is still to be decided, locked."""
    check = await db.get(FeedbackCheck, check_id, with_for_update=True, populate_existing=True)
    return check if check is not None and check.verdict is CheckVerdict.PENDING else None


def decide(check: FeedbackCheck, found: TextCheck, *, now: datetime) -> None:
    """Write down what WeChat thinks; from now on nobody needs to know who wrote it."""
    check.verdict, check.reason = VERDICTS[found.suggestion], CheckReason.JUDGED
    check.label, check.trace_id = found.label, found.trace_id[:64]
    check.decided_at, check.sealed_openid = now, None


def hold(check: FeedbackCheck | MediaCheck, reason: CheckReason, *, now: datetime) -> None:
    """Leave it to a person, and forget who wrote it."""
    check.verdict, check.reason = CheckVerdict.NEEDS_REVIEW, reason
    check.decided_at, check.sealed_openid = now, None


async def hold_overdue(db: AsyncSession, *, now: datetime) -> int:
    """Leave to a person what could not be checked in time, and tell how many those were."""
    found = await db.scalars(
        select(FeedbackCheck)
        .where(FeedbackCheck.verdict == CheckVerdict.PENDING, FeedbackCheck.due_at <= now)
        .with_for_update(skip_locked=True)
    )
    overdue = list(found)
    for check in overdue:
        hold(check, CheckReason.LATE, now=now)
    return len(overdue)


async def requeue_forgotten(db: AsyncSession, *, now: datetime) -> None:
    """Queue again what is pending for long; nothing happens where it is queued already."""
    found = await db.scalars(
        select(FeedbackCheck.id).where(
            FeedbackCheck.verdict == CheckVerdict.PENDING,
            FeedbackCheck.asked_at <= now - FORGOTTEN,
            FeedbackCheck.due_at > now,
        )
    )
    for check_id in found.all():
        await _enqueue(db, check_id)


async def forget(db: AsyncSession, *, item_id: UUID) -> None:
    """Take away what was found about an item: it was withdrawn, and says nothing any more."""
    await db.execute(delete(FeedbackCheck).where(FeedbackCheck.item_id == item_id))


async def of_item(db: AsyncSession, *, item: FeedbackItem) -> FeedbackCheck | None:
    """Give the check of what an item says now."""
    found: FeedbackCheck | None = await db.scalar(
        select(FeedbackCheck).where(
            FeedbackCheck.item_id == item.id, FeedbackCheck.ordinal == item.versions
        )
    )
    return found


def pieces(text: str) -> Iterator[str]:
    """Cut a text into pieces that WeChat checks at once, each beginning before the last one ends.

    A character outside of the basic plane, an emoji, counts as two: nobody has told how WeChat
    counts.
    """
    sizes = [0, *accumulate(2 if ord(character) > 0xFFFF else 1 for character in text)]  # noqa: PLR2004 - the last character of Unicode's basic plane
    begin = end = 0
    while end < len(text):
        begin = max(end - OVERLAP, 0)
        end = begin
        while end < len(text) and sizes[end + 1] - sizes[begin] <= LONGEST_PIECE:
            end += 1
        yield text[begin:end]


def gravest(found: Iterable[TextCheck]) -> TextCheck:
    """Give what counts of what was found in the pieces of one text."""
    return max(found, key=lambda each: _GRAVITY.index(each.suggestion))


def _words(version: FeedbackVersion) -> str:
    said = (version.comment, version.proposed_text, version.rationale, version.organisation)
    return "\n".join(text for text in said if text)


def _place(check_id: UUID) -> str:
    return f"feedback_checks.sealed_openid:{check_id}"


async def _enqueue(db: AsyncSession, check_id: UUID) -> None:
    await jobs.enqueue(db, CHECK_TEXT, key=f"{CHECK_TEXT}:{check_id}", check_id=str(check_id))
