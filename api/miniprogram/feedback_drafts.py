"""Drafts of feedback: each visitor's own."""

from uuid import UUID

from fastapi import APIRouter, Response

from api.dependencies import CurrentVisitor, Db, Now
from api.problems import refusals
from miniprogram_contract import feedback_drafts as contract
from miniprogram_contract.messages import Page
from models import FeedbackDraft
from services import consultations, feedback, visitors
from services.feedback import drafts
from services.feedback import refusals as refused
from services.feedback.drafts import Saving

router = APIRouter(tags=["feedback"])


@router.put(
    "/me/feedback-drafts/{draft_id}",
    responses=refusals(
        visitors.LoginRequired,
        consultations.ConsultationNotFound,
        feedback.RoundNotOpen,
        feedback.RoundClosed,
        refused.DraftNotFound,
        refused.DraftChanged,
        refused.TooManyDrafts,
    ),
)
async def save_feedback_draft(
    draft_id: UUID, body: contract.SaveDraft, visitor: CurrentVisitor, now: Now, db: Db
) -> contract.Draft:
    """Save a draft under an id that one makes up; the same once more changes nothing."""
    saving = Saving(draft_id, base=body.revision, content=body.content.model_dump(mode="json"))
    return _draft(await drafts.save(db, visitor_id=visitor.id, saving=saving, now=now))


@router.get("/me/feedback-drafts", responses=refusals(visitors.LoginRequired))
async def list_feedback_drafts(visitor: CurrentVisitor, db: Db) -> Page[contract.Draft]:
    """List all of one's drafts, the one saved last first."""
    found = await drafts.of_visitor(db, visitor_id=visitor.id)
    return Page(items=[_draft(draft) for draft in found], next=None)


@router.delete(
    "/me/feedback-drafts/{draft_id}", status_code=204, responses=refusals(visitors.LoginRequired)
)
async def discard_feedback_draft(draft_id: UUID, visitor: CurrentVisitor, db: Db) -> Response:
    """Throw a draft away; nothing happens where there is none."""
    await drafts.discard(db, visitor_id=visitor.id, draft_id=draft_id)
    return Response(status_code=204)


def _draft(draft: FeedbackDraft) -> contract.Draft:
    # What was saved before a field came holds nothing of it.
    filled = dict.fromkeys(contract.SavedContent.model_fields) | draft.content
    return contract.Draft(
        id=draft.id,
        revision=draft.revision,
        saved_at=draft.saved_at,
        content=contract.SavedContent(**filled),
    )
