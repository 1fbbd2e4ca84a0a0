"""The words of what runs behind: jobs, and what WeChat gives for a while."""

from enum import StrEnum


class JobState(StrEnum):
    """How far a job has come. One that is done is gone."""

    WAITING = "waiting"
    RUNNING = "running"
    DEAD = "dead"
    """Given up: kept until somebody tries it again or removes it."""

    EXPIRED = "expired"
    """Its deadline passed before it was done."""


class TokenKind(StrEnum):
    """What WeChat gives us for a while, to be shown with each call or signature."""

    ACCESS_TOKEN = "access_token"  # noqa: S105 - a word, not a secret
    JS_TICKET = "js_ticket"
    """What pages in WeChat are signed with before they may use its JS-SDK."""
