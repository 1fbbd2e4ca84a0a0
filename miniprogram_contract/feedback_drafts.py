"""Drafts of feedback as they travel."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from miniprogram_contract.feedback import Organisation, SectionKey, Word
from miniprogram_contract.fields import MANY_LINES
from miniprogram_contract.messages import Page, Reply, Request
from models.vocabulary import FeedbackKind, Language

LONGEST_DRAFT = 10_000
"""Characters of each text: more than may be sent, so that nothing is lost while it is cut."""

HIGHEST_REVISION = 1_000_000

DraftText = Annotated[str, Field(max_length=LONGEST_DRAFT), MANY_LINES]


class DraftContent(Request):
    """What has been filled in so far. Nothing is needed, and texts may still be too long to send.

    Attachments are not part of it: they are uploaded when the feedback is sent.
    """

    kind: FeedbackKind | None = None
    standard: SectionKey | None = None
    version: SectionKey | None = None
    section: SectionKey | None = None
    comment: DraftText | None = None
    comment_type: Word | None = None
    stance: Word | None = None
    proposed_text: DraftText | None = None
    rationale: DraftText | None = None
    stakeholder: Word | None = None
    organisation: Organisation | None = None
    may_contact: bool | None = Field(default=None, strict=True)
    may_publish_text: bool | None = Field(default=None, strict=True)
    may_publish_name: bool | None = Field(default=None, strict=True)
    may_transfer_abroad: bool | None = Field(default=None, strict=True)
    language: Language | None = None


class SaveDraft(Request):
    """Save a draft as it is now."""

    revision: int = Field(
        ge=0,
        le=HIGHEST_REVISION,
        strict=True,
        description="The revision it goes on from; 0 for a new draft.",
    )
    content: DraftContent


class SavedContent(Reply):
    """What was filled in; null where nothing is."""

    kind: FeedbackKind | None
    standard: str | None
    version: str | None
    section: str | None
    comment: str | None
    comment_type: str | None
    stance: str | None
    proposed_text: str | None
    rationale: str | None
    stakeholder: str | None
    organisation: str | None
    may_contact: bool | None
    may_publish_text: bool | None
    may_publish_name: bool | None
    may_transfer_abroad: bool | None
    language: Language | None


class Draft(Reply):
    """Feedback that was begun and not sent."""

    id: UUID
    revision: int = Field(description="To be named when it is saved the next time.")
    saved_at: datetime
    content: SavedContent


EXAMPLE = Draft(
    id=UUID("6f1d1c0e-5a3b-4c8e-9a52-0d2b7f4e8c11"),
    revision=3,
    saved_at=datetime(2026, 3, 2, 1, tzinfo=UTC),
    content=SavedContent(
        **dict.fromkeys(SavedContent.model_fields)
        | {"standard": "PS", "version": "V4", "section": "10", "comment": "建议明确现有赤泥堆场"}
    ),
)

EXAMPLES = {
    "save_feedback_draft": EXAMPLE,
    "list_feedback_drafts": Page[Draft](items=[EXAMPLE], next=None),
}
