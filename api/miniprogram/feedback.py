"""Feedback: each sender's own."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from api.dependencies import CurrentParts, CurrentVisitor, Db, Now
from api.miniprogram.consultations import feedback_channel
from api.miniprogram.senders import LoggedIn, WithCode
from api.once import OnceForVisitor
from api.problems import refusals
from miniprogram_contract import feedback as contract
from miniprogram_contract.consultations import AskInLanguage
from miniprogram_contract.messages import Page
from models.vocabulary import AttachmentCheck, FeedbackSource, FeedbackState, Language
from services import consultations, feedback, idempotency, visitors
from services.feedback import (
    Changes,
    Content,
    Manner,
    Sender,
    Standing,
    attachments,
    checks,
    drafts,
)
from services.feedback import content as contents
from services.feedback.attachments import Filing
from services.feedback.refusals import (
    AttachmentNotFound,
    AttachmentUnknown,
    TooManyAttachments,
    TooManyGuesses,
)

router = APIRouter(tags=["feedback"])

Ask = Annotated[AskInLanguage, Query()]

_CHANGING = (
    feedback.FeedbackNotFound,
    feedback.FeedbackWithdrawn,
    feedback.RoundClosed,
    feedback.SectionUnknown,
    feedback.TermUnknown,
    feedback.AnonymousUnnamed,
    AttachmentNotFound,
    AttachmentUnknown,
    TooManyAttachments,
)
_WITHDRAWING = (feedback.FeedbackNotFound, feedback.RoundClosed)


@router.post(
    "/feedback",
    status_code=201,
    response_model=contract.SubmittedFeedback,
    responses=refusals(
        visitors.LoginRequired,
        consultations.ConsultationNotFound,
        feedback.RoundNotOpen,
        feedback.RoundClosed,
        feedback.SectionUnknown,
        feedback.TermUnknown,
        feedback.AnonymousUnnamed,
        AttachmentUnknown,
        idempotency.IdempotencyKeyReused,
    ),
)
async def submit_feedback(
    body: contract.SubmitFeedback,
    ask: Ask,
    once: OnceForVisitor,
    visitor: CurrentVisitor,
    now: Now,
    db: Db,
    parts: CurrentParts,
) -> Response:
    """Send feedback on a section of the current round, and get a receipt for it."""
    visitor_id = None if body.anonymous else visitor.id
    writer = checks.written_by(visitor.mp_openid, sealer=parts.sealer)

    async def make() -> contract.SubmittedFeedback:
        content = _content(body, ask.lang)
        done = await feedback.submit(
            db,
            content=content,
            manner=_manner(body),
            visitor_id=visitor_id,
            now=now,
            asked_in=ask.lang,
            writer=writer,
        )
        if body.draft is not None:
            await drafts.discard(db, visitor_id=visitor.id, draft_id=body.draft)
        shown = await _detail(db, done, ask.lang)
        return contract.SubmittedFeedback(**shown.model_dump(), secret_code=done.secret)

    return await once(make, anonymous=body.anonymous)


@router.get("/me/feedback", responses=refusals(visitors.LoginRequired, feedback.FeedbackNotFound))
async def list_feedback(
    asked: Annotated[contract.ListFeedback, Query()], visitor: CurrentVisitor, now: Now, db: Db
) -> Page[contract.Feedback]:
    """List what one sent under one's login, newest first; what is anonymous is nobody's."""
    part = await feedback.of_visitor(
        db, visitor_id=visitor.id, after=asked.after, limit=asked.limit, now=now
    )
    items = [contract.Feedback(**_fields(standing, asked.lang)) for standing in part.items]
    return Page(items=items, next=part.next)


@router.get(
    "/me/feedback/{receipt}",
    responses=refusals(visitors.LoginRequired, feedback.FeedbackNotFound),
)
async def show_feedback(
    receipt: str, ask: Ask, sender: LoggedIn, now: Now, db: Db
) -> contract.FeedbackDetail:
    """Show one of one's own items."""
    standing = await feedback.show(db, receipt=receipt, sender=sender, now=now)
    return await _detail(db, standing, ask.lang)


@router.patch(
    "/me/feedback/{receipt}",
    responses=refusals(visitors.LoginRequired, *_CHANGING),
)
async def change_feedback(
    receipt: str, body: contract.ChangeFeedback, ask: Ask, sender: LoggedIn, now: Now, db: Db
) -> contract.FeedbackDetail:
    """Change one of one's own items until the round closes."""
    return await _changed(db, receipt, body, ask=ask, sender=sender, now=now)


@router.delete(
    "/me/feedback/{receipt}",
    responses=refusals(visitors.LoginRequired, *_WITHDRAWING),
)
async def withdraw_feedback(
    receipt: str, ask: Ask, sender: LoggedIn, now: Now, db: Db
) -> contract.FeedbackDetail:
    """Withdraw one of one's own items until the round closes: its number stays, its text goes."""
    standing = await feedback.withdraw(db, receipt=receipt, sender=sender, now=now)
    return await _detail(db, standing, ask.lang)


@router.get("/feedback/{receipt}", responses=refusals(feedback.FeedbackNotFound, TooManyGuesses))
async def show_anonymous_feedback(
    receipt: str, ask: Ask, sender: WithCode, now: Now, db: Db
) -> contract.FeedbackDetail:
    """Show an anonymous item to whoever has its secret code."""
    standing = await feedback.show(db, receipt=receipt, sender=sender, now=now)
    return await _detail(db, standing, ask.lang)


@router.patch("/feedback/{receipt}", responses=refusals(*_CHANGING, TooManyGuesses))
async def change_anonymous_feedback(
    receipt: str, body: contract.ChangeFeedback, ask: Ask, sender: WithCode, now: Now, db: Db
) -> contract.FeedbackDetail:
    """Change an anonymous item until the round closes."""
    return await _changed(db, receipt, body, ask=ask, sender=sender, now=now)


@router.delete("/feedback/{receipt}", responses=refusals(*_WITHDRAWING, TooManyGuesses))
async def withdraw_anonymous_feedback(
    receipt: str, ask: Ask, sender: WithCode, now: Now, db: Db
) -> contract.FeedbackDetail:
    """Withdraw an anonymous item until the round closes."""
    standing = await feedback.withdraw(db, receipt=receipt, sender=sender, now=now)
    return await _detail(db, standing, ask.lang)


async def _changed(
    db: Db,
    receipt: str,
    body: contract.ChangeFeedback,
    *,
    ask: AskInLanguage,
    sender: Sender,
    now: Now,
) -> contract.FeedbackDetail:
    standing = await feedback.change(
        db,
        receipt=receipt,
        changes=Changes(**body.model_dump(exclude={"add_attachments", "remove_attachments"})),
        filing=Filing(
            added=tuple(body.add_attachments), removed=frozenset(body.remove_attachments)
        ),
        sender=sender,
        now=now,
        asked_in=ask.lang,
    )
    return await _detail(db, standing, ask.lang)


def _content(body: contract.SubmitFeedback, asked_in: Language) -> Content:
    beside = {"anonymous", "kind", "attachments", "draft", "channel"}
    said: dict[str, Any] = {
        name: None if value == "" else value
        for name, value in body.model_dump(exclude=beside).items()
    }
    return Content(**said | {"language": body.language or asked_in})


def _manner(body: contract.SubmitFeedback) -> Manner:
    return Manner(
        source=FeedbackSource.MINI_PROGRAM,
        kind=body.kind,
        attachments=tuple(body.attachments),
        channel=body.channel,
    )


async def _detail(db: Db, standing: Standing, language: Language) -> contract.FeedbackDetail:
    channels = await consultations.feedback_channels(
        db, consultation_id=standing.item.consultation_id
    )
    return contract.FeedbackDetail(
        **_fields(standing, language),
        other_ways=[feedback_channel(channel, language) for channel in channels],
    )


def _fields(standing: Standing, language: Language) -> dict[str, Any]:
    item, latest, answer = standing.item, standing.latest, standing.answer
    withdrawn = item.withdrawn_at is not None
    return contents.columns(contents.of_version(latest)) | {
        "receipt": item.receipt,
        "state": FeedbackState.WITHDRAWN if withdrawn else FeedbackState.SUBMITTED,
        "kind": item.kind,
        "source": item.source,
        "anonymous": item.visitor_id is None,
        "submitted_at": item.submitted_at,
        "changed_at": None if item.versions == 1 or withdrawn else latest.written_at,
        "withdrawn_at": item.withdrawn_at,
        "versions": item.versions,
        "receipt_sha256": latest.receipt_sha256,
        "changeable": standing.changeable,
        "attachments": [
            contract.Attachment(
                id=file.id,
                name=attachments.name_of(file, receipt=item.receipt),
                content_type=file.content_type,
                size_bytes=file.size_bytes,
                sha256=file.sha256,
                available=file.check_state is not AttachmentCheck.HELD,
            )
            for file in standing.attachments
        ],
        "answer": answer
        and contract.Answer(
            disposition=answer.disposition,
            response=answer.response.text(language),
            published_at=answer.published_at,
        ),
    }
