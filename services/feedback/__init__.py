"""Feedback: what somebody says on a section of a draft, with a receipt for it.

Every version is a link in a chain (`chain`), whose head is locked last.
"""

from services.feedback.content import Changes, Content
from services.feedback.handling import (
    Manner,
    Sender,
    change,
    own,
    show,
    submit,
    withdraw,
)
from services.feedback.listing import of_visitor
from services.feedback.refusals import (
    AnonymousUnnamed,
    FeedbackNotFound,
    FeedbackWithdrawn,
    RoundClosed,
    RoundNotOpen,
    SectionUnknown,
    TermUnknown,
)
from services.feedback.standings import Standing, Submitted

__all__ = [
    "AnonymousUnnamed",
    "Changes",
    "Content",
    "FeedbackNotFound",
    "FeedbackWithdrawn",
    "Manner",
    "RoundClosed",
    "RoundNotOpen",
    "SectionUnknown",
    "Sender",
    "Standing",
    "Submitted",
    "TermUnknown",
    "change",
    "of_visitor",
    "own",
    "show",
    "submit",
    "withdraw",
]
