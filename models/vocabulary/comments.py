"""The words of feedback and of how it is checked."""

from enum import StrEnum


class FeedbackRoute(StrEnum):
    """A way to comment that exists beside this service's own short form."""

    SURVEY = "survey"
    EXCEL_BY_EMAIL = "excel_by_email"
    EMAIL = "email"


class FeedbackKind(StrEnum):
    """What somebody sends. Only comments stand in the numbered log; questions are for answering."""

    COMMENT = "comment"
    QUESTION = "question"


class FeedbackSource(StrEnum):
    """How feedback came in; told by the door it came through, never by its sender."""

    MINI_PROGRAM = "mini_program"
    H5 = "h5"
    CHAT = "chat"
    ON_BEHALF = "on_behalf"
    """Entered by staff for somebody who wrote, mailed or called."""

    EXCEL = "excel"
    """A row of a form that was filled in and sent to us."""


class EntryWay(StrEnum):
    """How what staff enter reached them."""

    MAIL = "mail"
    PHONE = "phone"
    MEETING = "meeting"
    CHAT = "chat"
    FORM = "form"
    """A filled-in form, read by the program."""


class AttachmentCheck(StrEnum):
    """Whether an attachment may be shown."""

    UNCHECKED = "unchecked"
    PASSED = "passed"
    HELD = "held"
    """Shown to nobody until a person has looked at it."""


class FeedbackState(StrEnum):
    """Whether feedback still stands."""

    SUBMITTED = "submitted"
    WITHDRAWN = "withdrawn"
    """Its number stays; what it said is gone."""


class TermSet(StrEnum):
    """The lists people choose from when they comment or are answered."""

    TOPIC = "topic"
    STAKEHOLDER = "stakeholder"
    COMMENT_TYPE = "comment_type"
    STANCE = "stance"
    DISPOSITION = "disposition"


class CheckVerdict(StrEnum):
    """What came of checking something that was sent to us."""

    PENDING = "pending"
    PASSED = "passed"
    RISKY = "risky"
    """WeChat takes it for unlawful or offensive; a person decides."""

    NEEDS_REVIEW = "needs_review"
    """Held for a person: WeChat is not sure, or has not looked at it."""


class CheckReason(StrEnum):
    """Where a verdict comes from."""

    JUDGED = "judged"
    IMPOSSIBLE = "impossible"
    """WeChat checks only for people in the mini-program: not what a page or the account took."""

    REFUSED = "refused"
    """WeChat would not look at it."""

    LATE = "late"
    """WeChat could not be asked in time."""

    PERSON = "person"
    """Somebody of ours looked at it."""
