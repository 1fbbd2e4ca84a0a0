"""Feedback as its sender is shown it."""

from collections.abc import Sequence
from dataclasses import dataclass

from models import FeedbackAttachment, FeedbackItem, FeedbackVersion
from services.feedback.answers import PublishedAnswer


@dataclass(frozen=True)
class Standing:
    """An item as its sender is shown it."""

    item: FeedbackItem
    latest: FeedbackVersion
    changeable: bool
    attachments: Sequence[FeedbackAttachment]
    answer: PublishedAnswer | None


@dataclass(frozen=True)
class Submitted(Standing):
    """An item that was just sent. The secret code, if it is anonymous, is known only here."""

    secret: str | None
