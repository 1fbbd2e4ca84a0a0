"""Feedback: each sender's own."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Response

from api.dependencies import CurrentVisitor, Db, Now
from api.once import OnceForVisitor
from api.problems import refusals
from miniprogram_contract import feedback as contract
from miniprogram_contract.consultations import AskInLanguage
from miniprogram_contract.messages import Page
from models.vocabulary import FeedbackState, Language
from services import consultations, feedback, idempotency, visitors
from services.feedback import Changes, Content, Sender, Standing
from services.feedback import content as contents

router = APIRouter(tags=["feedback"])

Ask = Annotated[AskInLanguage, Query()]

_CHANGING = (
    feedback.FeedbackNotFound,
    feedback.FeedbackWithdrawn,
    feedback.RoundClosed,
    feedback.SectionUnknown,
    feedback.TermUnknown,
    feedback.AnonymousUnnamed,
)
_WITHDRAWING = (feedback.FeedbackNotFound, feedback.RoundClosed)


def logged_in(visitor: CurrentVisitor) -> Sender:
    """Give the visitor as the sender of what they sent under their login."""
    return Sender(visitor_id=visitor.id)


def with_code(
    code: Annotated[
        str,
        Header(
            alias="X-Receipt-Code",
            min_length=1,
            max_length=64,
            description="The secret code that was shown when the feedback was sent.",
        ),
    ],
) -> Sender:
    """Give whoever has a secret code; no login is needed, and none is looked at."""
    return Sender(secret=code)


LoggedIn = Annotated[Sender, Depends(logged_in, scope="function")]
WithCode = Annotated[Sender, Depends(with_code)]


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
) -> Response:
    """Send feedback on a section of the current round, and get a receipt for it."""
    visitor_id = None if body.anonymous else visitor.id

    async def make() -> contract.SubmittedFeedback:
        content = _content(body, ask.lang)
        done = await feedback.submit(db, content=content, visitor_id=visitor_id, now=now)
        shown = _feedback(done).model_dump()
        return contract.SubmittedFeedback(**shown, secret_code=done.secret)

    return await once(make)


@router.get("/me/feedback", responses=refusals(visitors.LoginRequired))
async def list_feedback(visitor: CurrentVisitor, now: Now, db: Db) -> Page[contract.Feedback]:
    """List what one sent under one's login, newest first; what is anonymous is nobody's."""
    found = await feedback.of_visitor(db, visitor_id=visitor.id, now=now)
    return Page(items=[_feedback(standing) for standing in found], next=None)


@router.get(
    "/me/feedback/{receipt}",
    responses=refusals(visitors.LoginRequired, feedback.FeedbackNotFound),
)
async def show_feedback(receipt: str, sender: LoggedIn, now: Now, db: Db) -> contract.Feedback:
    """Show one of one's own items."""
    return _feedback(await feedback.show(db, receipt=receipt, sender=sender, now=now))


@router.patch(
    "/me/feedback/{receipt}",
    responses=refusals(visitors.LoginRequired, *_CHANGING),
)
async def change_feedback(
    receipt: str, body: contract.ChangeFeedback, sender: LoggedIn, now: Now, db: Db
) -> contract.Feedback:
    """Change one of one's own items until the round closes."""
    return await _change(db, receipt, body, sender=sender, now=now)


@router.delete(
    "/me/feedback/{receipt}",
    responses=refusals(visitors.LoginRequired, *_WITHDRAWING),
)
async def withdraw_feedback(receipt: str, sender: LoggedIn, now: Now, db: Db) -> contract.Feedback:
    """Withdraw one of one's own items until the round closes: its number stays, its text goes."""
    return _feedback(await feedback.withdraw(db, receipt=receipt, sender=sender, now=now))


@router.get("/feedback/{receipt}", responses=refusals(feedback.FeedbackNotFound))
async def show_anonymous_feedback(
    receipt: str, sender: WithCode, now: Now, db: Db
) -> contract.Feedback:
    """Show an anonymous item to whoever has its secret code."""
    return _feedback(await feedback.show(db, receipt=receipt, sender=sender, now=now))


@router.patch("/feedback/{receipt}", responses=refusals(*_CHANGING))
async def change_anonymous_feedback(
    receipt: str, body: contract.ChangeFeedback, sender: WithCode, now: Now, db: Db
) -> contract.Feedback:
    """Change an anonymous item until the round closes."""
    return await _change(db, receipt, body, sender=sender, now=now)


@router.delete("/feedback/{receipt}", responses=refusals(*_WITHDRAWING))
async def withdraw_anonymous_feedback(
    receipt: str, sender: WithCode, now: Now, db: Db
) -> contract.Feedback:
    """Withdraw an anonymous item until the round closes."""
    return _feedback(await feedback.withdraw(db, receipt=receipt, sender=sender, now=now))


async def _change(
    db: Db, receipt: str, body: contract.ChangeFeedback, *, sender: Sender, now: Now
) -> contract.Feedback:
    changes = Changes(**body.model_dump())
    standing = await feedback.change(db, receipt=receipt, changes=changes, sender=sender, now=now)
    return _feedback(standing)


def _content(body: contract.SubmitFeedback, asked_in: Language) -> Content:
    said: dict[str, Any] = {
        name: None if value == "" else value
        for name, value in body.model_dump(exclude={"anonymous"}).items()
    }
    return Content(**said | {"language": body.language or asked_in})


def _feedback(standing: Standing) -> contract.Feedback:
    item, latest = standing.item, standing.latest
    withdrawn = item.withdrawn_at is not None
    return contract.Feedback(
        **contents.columns(contents.of_version(latest)),
        receipt=item.receipt,
        state=FeedbackState.WITHDRAWN if withdrawn else FeedbackState.SUBMITTED,
        anonymous=item.visitor_id is None,
        submitted_at=item.submitted_at,
        changed_at=None if item.versions == 1 or withdrawn else latest.written_at,
        withdrawn_at=item.withdrawn_at,
        versions=item.versions,
        receipt_sha256=latest.receipt_sha256,
        changeable=standing.changeable,
    )
