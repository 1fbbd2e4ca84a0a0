"""How an address stands, by what is recorded of it. Rules only: nobody is asked."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from models import LinkCheck
from models.vocabulary import LinkOutcome

FAILING_FROM = 2
"""So many failures in a row count: one may be a hiccup of the line, on either side."""

CERTAIN = frozenset({LinkOutcome.OFF_LIST, LinkOutcome.REDIRECT_REFUSED})
"""Outcomes that are no hiccup: they count at once. A name server's private address may be one."""

TELLING_NOTHING = frozenset(
    {
        LinkOutcome.STATUS,
        LinkOutcome.UNREACHABLE,
        LinkOutcome.TIMED_OUT,
        LinkOutcome.PRIVATE_ADDRESS,
    }
)
"""After these nobody knows more of an address than before: one that led astray still does."""

SOON = timedelta(minutes=10)
WHILE_FAILING = timedelta(hours=1)
WHILE_GOOD = timedelta(hours=6)


@dataclass(frozen=True)
class Standing:
    """What readers or staff are told of an address."""

    failing: bool = False
    changed: bool = False
    """It gives another file than our copy, or without one than the file that staff know of."""

    moved_to: str | None = None
    misleading: bool = False
    """It leads on to a place that is not allowed: nobody may be sent there."""

    @property
    def fine(self) -> bool:
        """Whether there is nothing for staff to do."""
        return self == Standing()


def of(check: LinkCheck | None, *, copy_sha256: str | None) -> Standing:
    """Tell how an address stands; None means that nobody has looked yet."""
    if check is None:
        return Standing()
    known = {check.known_sha256, copy_sha256}
    return Standing(
        failing=check.failures >= FAILING_FROM or check.outcome in CERTAIN,
        changed=check.known_sha256 is not None and check.sha256 not in known,
        moved_to=check.moved_to,
        misleading=check.outcome is LinkOutcome.REDIRECT_REFUSED,
    )


def is_due(check: LinkCheck | None, now: datetime) -> bool:
    """Tell whether to look again; clocks may be moved back."""
    if check is None:
        return True
    return not check.checked_at <= now < check.checked_at + _pause(check)


def _pause(check: LinkCheck) -> timedelta:
    if check.failures == 0:
        return WHILE_GOOD
    return WHILE_FAILING if check.failures >= FAILING_FROM else SOON
