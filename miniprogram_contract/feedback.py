"""Feedback as it travels."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from miniprogram_contract.consultations import AskInLanguage, FeedbackChannel
from miniprogram_contract.feedback_attachments import AttachmentToken
from miniprogram_contract.fields import MANY_LINES, ONE_LINE, Channel
from miniprogram_contract.messages import Page, Reply, Request
from models.vocabulary import (
    FeedbackKind,
    FeedbackRoute,
    FeedbackSource,
    FeedbackState,
    Language,
)

LONGEST_COMMENT = 2000
MOST_ATTACHMENTS = 3
MOST_LISTED = 100

Receipt = Annotated[str, Field(min_length=1, max_length=40)]

SectionKey = Annotated[
    str, Field(min_length=1, max_length=20, pattern="^[A-Za-z0-9][A-Za-z0-9._-]*$")
]
Comment = Annotated[
    str,
    Field(
        min_length=1,
        max_length=LONGEST_COMMENT,
        description="Counted in characters, without the blanks around it.",
    ),
    MANY_LINES,
]
MoreText = Annotated[str, Field(max_length=LONGEST_COMMENT, description="Empty: none."), MANY_LINES]
Organisation = Annotated[str, Field(max_length=200, description="Empty: none."), ONE_LINE]
Word = Annotated[
    str,
    Field(
        max_length=60,
        pattern="^[a-z0-9_]*$",
        description="The code of a term of the round's set of the same name; empty: none.",
    ),
]
WrittenIn = Annotated[
    Language, Field(description="The language it is written in, not that of the answer.")
]


class SubmitFeedback(Request):
    """Say something on a section of the current round. Only section and comment are needed.

    The consents are off unless they are given one by one.
    """

    standard: SectionKey
    version: SectionKey
    section: SectionKey
    comment: Comment
    comment_type: Word | None = None
    stance: Word | None = None
    proposed_text: MoreText | None = None
    rationale: MoreText | None = None
    stakeholder: Word | None = None
    organisation: Organisation | None = None
    anonymous: bool = Field(
        default=False,
        strict=True,
        description="For good: it can then be reached by its secret code alone.",
    )
    may_contact: bool = Field(default=False, strict=True)
    may_publish_text: bool = Field(default=False, strict=True)
    may_publish_name: bool = Field(default=False, strict=True)
    may_transfer_abroad: bool = Field(default=False, strict=True)
    language: WrittenIn | None = None
    kind: FeedbackKind = Field(
        default=FeedbackKind.COMMENT,
        description="A question is answered by people and stands in no log of comments.",
    )
    attachments: list[AttachmentToken] = Field(
        default_factory=list, max_length=MOST_ATTACHMENTS, description="Uploaded before."
    )
    draft: UUID | None = Field(
        default=None, description="The draft it was written as, which goes away with this."
    )
    channel: Channel | None = Field(
        default=None,
        description="The channel the sender came by; forgotten at once where it is anonymous.",
    )


class ChangeFeedback(Request):
    """Change what was said. What is absent or null stays as it is, an empty text goes."""

    standard: SectionKey | None = None
    version: SectionKey | None = None
    section: SectionKey | None = None
    comment: Comment | None = None
    comment_type: Word | None = None
    stance: Word | None = None
    proposed_text: MoreText | None = None
    rationale: MoreText | None = None
    stakeholder: Word | None = None
    organisation: Organisation | None = None
    may_contact: bool | None = Field(default=None, strict=True)
    may_publish_text: bool | None = Field(default=None, strict=True)
    may_publish_name: bool | None = Field(default=None, strict=True)
    may_transfer_abroad: bool | None = Field(default=None, strict=True)
    language: WrittenIn | None = None
    add_attachments: list[AttachmentToken] = Field(
        default_factory=list, max_length=MOST_ATTACHMENTS, description="Uploaded before."
    )
    remove_attachments: list[UUID] = Field(
        default_factory=list, max_length=MOST_ATTACHMENTS, description="Their ids."
    )


class ListFeedback(AskInLanguage):
    """Ask for some of one's own feedback."""

    after: Receipt | None = Field(default=None, description="`next` of the list before.")
    limit: int = Field(default=50, ge=1, le=MOST_LISTED)


class Attachment(Reply):
    """A file that belongs to feedback."""

    id: UUID
    name: str = Field(description="What it is saved as; the name it had is not kept.")
    content_type: str
    size_bytes: int
    sha256: str
    available: bool = Field(description="False while it waits for a person to look at it.")


class Answer(Reply):
    """What is answered to feedback, from when all answers of its round are published on."""

    disposition: str = Field(description="The code of a term of the round's set `disposition`.")
    response: str
    published_at: datetime


class Feedback(Reply):
    """What somebody sent, as they are shown it themselves."""

    receipt: str = Field(description="The number to refer to: ASI-CN-2026-00001.")
    state: FeedbackState
    kind: FeedbackKind
    source: FeedbackSource
    anonymous: bool
    standard: str
    version: str
    section: str
    comment: str | None = Field(description="Null once it was withdrawn.")
    comment_type: str | None
    stance: str | None
    proposed_text: str | None
    rationale: str | None
    stakeholder: str | None
    organisation: str | None
    may_contact: bool
    may_publish_text: bool
    may_publish_name: bool
    may_transfer_abroad: bool
    language: Language
    submitted_at: datetime
    changed_at: datetime | None = Field(description="When it was last changed; null if never.")
    withdrawn_at: datetime | None
    versions: int = Field(description="Counts what was sent, each change and the withdrawal.")
    receipt_sha256: str = Field(
        description="The link of this version in the chain of receipts, in hexadecimal."
    )
    changeable: bool = Field(description="Whether it can be changed or withdrawn at the moment.")
    attachments: list[Attachment]
    answer: Answer | None = Field(description="Null until the answers of its round are published.")


class FeedbackDetail(Feedback):
    """One item, and what else can be done."""

    other_ways: list[FeedbackChannel] = Field(
        description="The ways to comment beside this one: survey, form by mail. Always to be shown."
    )


class SubmittedFeedback(FeedbackDetail):
    """Feedback that was just taken."""

    secret_code: str | None = Field(
        description="Opens anonymous feedback, as `X-Receipt-Code`; shown here only. Else null."
    )


EXAMPLE = FeedbackDetail(
    receipt="ASI-CN-2026-00001",
    state=FeedbackState.SUBMITTED,
    kind=FeedbackKind.COMMENT,
    source=FeedbackSource.MINI_PROGRAM,
    anonymous=False,
    standard="PS",
    version="V4",
    section="10",
    comment="建议明确现有赤泥堆场适用新要求的过渡期。",
    comment_type="technical",
    stance="support_with_changes",
    proposed_text=None,
    rationale=None,
    stakeholder="production_transformation",
    organisation="某某铝业有限公司",
    may_contact=True,
    may_publish_text=True,
    may_publish_name=False,
    may_transfer_abroad=False,
    language=Language.ZH,
    submitted_at=datetime(2026, 3, 2, 1, tzinfo=UTC),
    changed_at=None,
    withdrawn_at=None,
    versions=1,
    receipt_sha256="25d14275c36349d00f676129ab7bfd480d702de0ff47f4609b6b83a7a5e6e4a4",
    changeable=True,
    attachments=[
        Attachment(
            id=UUID("3b9f4a52-7c1d-4e0b-8a6f-2d5c9e1b7f30"),
            name="ASI-CN-2026-00001-1.jpg",
            content_type="image/jpeg",
            size_bytes=348_160,
            sha256="9b2f1c7d5e3a4b6c8d0e2f4a6b8c0d1e3f5a7b9c1d3e5f7a9b1c3d5e7f9a1b3c",
            available=True,
        )
    ],
    answer=None,
    other_ways=[
        FeedbackChannel(
            key="excel-form",
            route=FeedbackRoute.EXCEL_BY_EMAIL,
            title="Excel 意见反馈表",
            purpose="适合针对具体准则提出意见：填写意见反馈表后，通过电子邮件发送。",
            url=None,
            email="consultation@example.org",
            document="feedback-form",
        )
    ],
)
"""What all operations on one item give."""

_ANONYMOUS = EXAMPLE.model_copy(
    update={"anonymous": True, "organisation": None, "may_contact": False}
)
_CHANGE = {"versions": 2, "changed_at": datetime(2026, 3, 3, 1, tzinfo=UTC)}
_WITHDRAWAL: dict[str, Any] = {
    "state": FeedbackState.WITHDRAWN,
    "comment": None,
    "organisation": None,
    "may_contact": False,
    "may_publish_text": False,
    "withdrawn_at": datetime(2026, 3, 3, 1, tzinfo=UTC),
    "versions": 2,
    "changeable": False,
    "attachments": [],
}

_ANSWERED = {
    "changeable": False,
    "answer": Answer(
        disposition="accepted",
        response="感谢您的意见。我们采纳这条意见，并将据此修改草案。",
        published_at=datetime(2026, 9, 1, 1, tzinfo=UTC),
    ),
}

EXAMPLES = {
    "submit_feedback": SubmittedFeedback(
        **_ANONYMOUS.model_dump(),
        secret_code="7KWM-4QHX-29BD-T6RN-P3VE",  # noqa: S106 - opens nothing
    ),
    "list_feedback": Page[Feedback](
        items=[Feedback(**EXAMPLE.model_dump(include=set(Feedback.model_fields)))],
        next="ASI-CN-2026-00001",
    ),
    "show_feedback": EXAMPLE.model_copy(update=_ANSWERED),
    "change_feedback": EXAMPLE.model_copy(update=_CHANGE),
    "withdraw_feedback": EXAMPLE.model_copy(update=_WITHDRAWAL),
    "show_anonymous_feedback": _ANONYMOUS,
    "change_anonymous_feedback": _ANONYMOUS.model_copy(update=_CHANGE),
    "withdraw_anonymous_feedback": _ANONYMOUS.model_copy(update=_WITHDRAWAL),
}
