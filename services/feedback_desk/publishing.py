"""Publishing: all answers of a round at once; and each commenter told once that there is one."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import (
    Consultation,
    FeedbackAnswer,
    FeedbackItem,
    FeedbackVersion,
    Notice,
    Synopsis,
)
from models.vocabulary import CheckVerdict, FeedbackKind, NoticeKind
from services import audit, jobs, notices, revisions
from services.feedback import rounds, synopses
from services.feedback_desk.answering import Deed
from services.feedback_desk.refusals import AnswersMissing, NothingToPublish, RoundStillOpen
from services.jobs import Kind, Run

ANNOUNCE = "announce_answers"
"""The kind of job that has commenters told."""

AT_ONCE = 100
"""Commenters whom one transaction puts into the ledger of notices."""


@dataclass(frozen=True)
class Readiness:
    """What publishing a round's answers would show, and what stands against it."""

    published_at: datetime | None
    takes_comments: bool
    """Whether the round still takes comments."""

    comments: int
    unanswered: int
    """Those without a disposition or a response."""

    quoted: int
    """Those whose text is shown, redacted or not."""

    redacted: int
    """Those of them, or of those not shown, that somebody redacted."""

    named: int
    unlooked: int
    """Those whose text could be shown if somebody had looked at it."""

    @property
    def is_ready(self) -> bool:
        """Whether they can be published now."""
        return self.comments > 0 and not (
            self.takes_comments or self.unanswered or self.published_at
        )


async def readiness(db: AsyncSession, *, consultation: Consultation, now: datetime) -> Readiness:
    """Tell what publishing would show. `now` is the round's time."""
    standing = synopses.standing(consultation.id)
    answered = and_(FeedbackAnswer.disposition.is_not(None), FeedbackAnswer.response.is_not(None))
    counted = standing.with_only_columns(func.count(), func.count(case((answered, 1))))
    comments, done = (await db.execute(counted)).one()
    quoted = redacted = named = unlooked = 0
    agreed = standing.where(FeedbackVersion.may_publish_text)
    for item, version, answer, check in await db.execute(agreed):
        issue = synopses.issue(item=item, version=version, answer=answer, check=check)
        quoted += bool(issue.texts)
        redacted += issue.redacted_for is not None
        named += issue.name is not None
        passed = check is not None and check.verdict is CheckVerdict.PASSED
        withheld = answer is not None and answer.public_text == ""
        unlooked += not (passed or withheld)
    return Readiness(
        published_at=await synopses.published_at(db, consultation_id=consultation.id),
        takes_comments=rounds.is_open(consultation, now) or now < consultation.opens_at,
        comments=comments,
        unanswered=comments - done,
        quoted=quoted,
        redacted=redacted,
        named=named,
        unlooked=unlooked,
    )


async def publish(db: AsyncSession, *, consultation: Consultation, by: Deed, now: datetime) -> bool:
    """Publish all answers of a round; False where it was done before. `now` is the round's time.

    Before it nothing of any answer shows, from it on all of them do. Commenters are told by jobs.

    Raises:
        RoundStillOpen, NothingToPublish, AnswersMissing
    """
    locked = (
        select(Consultation)
        .where(Consultation.id == consultation.id)
        .with_for_update(key_share=True)
    )
    consultation = (await db.scalars(locked)).one()
    ready = await readiness(db, consultation=consultation, now=now)
    if ready.published_at is not None:
        return False
    if ready.takes_comments:
        raise RoundStillOpen
    if ready.comments == 0:
        raise NothingToPublish
    if ready.unanswered:
        raise AnswersMissing(number=ready.unanswered)
    db.add(Synopsis(consultation_id=consultation.id, published_at=now))
    if consultation.published_at is None or consultation.published_at > now:
        consultation.published_at = now
    await db.flush()
    await revisions.bump(db)
    await jobs.enqueue(db, ANNOUNCE, consultation_id=str(consultation.id))
    await audit.record(
        db,
        actor=by.account.login,
        act="feedback.published",
        subject=consultation.slug,
        now=by.now,
        details={"comments": ready.comments, "quoted": ready.quoted, "named": ready.named},
    )
    return True


def kinds() -> list[Kind]:
    """Give the kinds of job of this feature."""
    return [Kind(name=ANNOUNCE, run=announce)]


async def announce(run: Run) -> None:
    """Have some commenters told, and the next ones by the next job."""
    consultation_id = UUID(str(run.payload["consultation_id"]))
    async with run.closing() as db:
        untold = await _untold(db, consultation_id)
        for item in untold:
            await notices.comment_answered(db, item=item, now=run.now)
        if len(untold) == AT_ONCE:
            await jobs.enqueue(db, ANNOUNCE, consultation_id=str(consultation_id))


async def _untold(db: AsyncSession, consultation_id: UUID) -> list[FeedbackItem]:
    told = select(Notice.id).where(
        Notice.subject_id == FeedbackItem.id, Notice.kind == NoticeKind.COMMENT_ANSWERED
    )
    found = await db.scalars(
        select(FeedbackItem)
        .join(FeedbackAnswer, FeedbackAnswer.item_id == FeedbackItem.id)
        .where(
            FeedbackItem.consultation_id == consultation_id,
            FeedbackItem.kind == FeedbackKind.COMMENT,
            FeedbackItem.withdrawn_at.is_(None),
            FeedbackItem.visitor_id.is_not(None),
            FeedbackAnswer.response.is_not(None),
            ~told.exists(),
        )
        .order_by(FeedbackItem.receipt)
        .limit(AT_ONCE)
    )
    return list(found)
