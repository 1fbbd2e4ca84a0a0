"""Who may do what: the one table of permissions."""

from collections.abc import Mapping
from enum import StrEnum

from models.vocabulary import StaffRole


class Permission(StrEnum):
    """Something that may be allowed. Every route of the desk declares one."""

    OPEN_DESK = "open_desk"
    """To be here at all, and to look after one's own account."""

    READ_FEEDBACK = "read_feedback"
    """The log of comments and how far it is answered, but not who wrote what."""

    ANSWER_FEEDBACK = "answer_feedback"
    """Also to know who wrote what, to redact, and to say what may be shown."""

    EXPORT_FEEDBACK = "export_feedback"
    PUBLISH_ANSWERS = "publish_answers"
    """Also to change answers that are published."""

    MANAGE_STAFF = "manage_staff"
    READ_AUDIT = "read_audit"

    READ_MESSAGES = "read_messages"
    """To see what visitors write, contacts in it masked and without pictures."""

    ANSWER_MESSAGES = "answer_messages"
    """To see what visitors write as they wrote it, to answer, and to share the work."""

    EXPORT_MESSAGES = "export_messages"
    """To take what was said as a file."""

    READ_REGISTRATIONS = "read_registrations"
    """To see who registered, names and contacts masked."""

    RUN_WEBINARS = "run_webinars"
    """To see registered people as they are, to change their seats, and to stand at the door."""

    SET_WEBINARS = "set_webinars"
    """To set what a webinar has, such as its join link, and to write to all who registered."""

    READ_CONTENT = "read_content"
    """To see what is published and how it is set: links, documents, cards, replies, the menu."""

    EDIT_CONTENT = "edit_content"

    READ_FIGURES = "read_figures"
    """To see sums, and to take them as files; no person can be told from them."""

    READ_JOBS = "read_jobs"
    RUN_JOBS = "run_jobs"
    """To try jobs again and to take them away."""


_EVERYBODY = frozenset(StaffRole)
_ADMINS = frozenset({StaffRole.ADMIN})
_EDITORS = _ADMINS | {StaffRole.EDITOR}
_AGENTS = _EDITORS | {StaffRole.AGENT}

ALLOWED: Mapping[Permission, frozenset[StaffRole]] = {
    Permission.OPEN_DESK: _EVERYBODY,
    Permission.READ_FEEDBACK: _EVERYBODY,
    Permission.ANSWER_FEEDBACK: _AGENTS,
    Permission.EXPORT_FEEDBACK: _AGENTS,
    Permission.PUBLISH_ANSWERS: _EDITORS,
    Permission.MANAGE_STAFF: _ADMINS,
    Permission.READ_AUDIT: _ADMINS,
    Permission.READ_MESSAGES: _EVERYBODY,
    Permission.ANSWER_MESSAGES: _AGENTS,
    Permission.EXPORT_MESSAGES: _AGENTS,
    Permission.READ_REGISTRATIONS: _EVERYBODY,
    Permission.RUN_WEBINARS: _AGENTS,
    Permission.SET_WEBINARS: _EDITORS,
    Permission.READ_CONTENT: _EVERYBODY,
    Permission.EDIT_CONTENT: _EDITORS,
    Permission.READ_FIGURES: _EVERYBODY,
    Permission.READ_JOBS: _EDITORS,
    Permission.RUN_JOBS: _EDITORS,
}

NEEDS_SECOND_FACTOR = _ADMINS
"""Roles that are worth nothing without it; others may have it."""


def allows(role: StaffRole, permission: Permission) -> bool:
    """Tell whether a role may do something."""
    return role in ALLOWED[permission]
