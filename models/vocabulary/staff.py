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
