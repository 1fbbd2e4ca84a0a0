"""Feedback: what somebody says on a section of a draft, with a receipt for it.

Every version is a link in a chain (`chain`), whose head is locked last.
"""

from services.feedback.content import Changes, Content
from services.feedback.handling import (
    Sender,
    Standing,
    Submitted,
    change,
    of_visitor,
    show,
    submit,
    withdraw,
)
from services.feedback.refusals import (
    AnonymousUnnamed,
    FeedbackNotFound,
    FeedbackWithdrawn,
    RoundClosed,
    RoundNotOpen,
    SectionUnknown,
    TermUnknown,
)

__all__ = [
    "AnonymousUnnamed",
    "Changes",
    "Content",
    "FeedbackNotFound",
    "FeedbackWithdrawn",
    "RoundClosed",
    "RoundNotOpen",
    "SectionUnknown",
    "Sender",
    "Standing",
    "Submitted",
    "TermUnknown",
    "change",
    "of_visitor",
    "show",
    "submit",
    "withdraw",
]
