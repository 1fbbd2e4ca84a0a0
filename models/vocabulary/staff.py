"""The words of those who work at the desk."""

from enum import StrEnum


class StaffRole(StrEnum):
    """What somebody of ours may do; each role may do all that the one before it may."""

    VIEWER = "viewer"
    AGENT = "agent"
    """Answers messages, works through feedback and registrations."""

    EDITOR = "editor"
    """Changes what readers see."""

    ADMIN = "admin"
    """Decides who works here; always with a second factor."""


class StaffNoticeKind(StrEnum):
    """What those who work here are told without having asked."""

    NEWS = "news"
    """Something came in, or is about to end."""

    WEBINAR = "webinar"
    """A webinar is about to begin."""
