"""The words of what is found when the addresses we lead to are looked at."""

from enum import StrEnum


class LinkOutcome(StrEnum):
    """What a look at an address outside found."""

    GOOD = "good"
    STATUS = "status"
    """It answered, and with another status than success."""

    UNREACHABLE = "unreachable"
    """No such name, no connection, no valid certificate, or an answer that broke off."""

    TIMED_OUT = "timed_out"
    TOO_LARGE = "too_large"
    PAGE_INSTEAD = "page_instead"
    """A page came where a file was: many sites say "not found" with status 200."""

    OFF_LIST = "off_list"
    """The address is not on an allowed host (any more), so nobody was asked."""

    REDIRECT_REFUSED = "redirect_refused"
    """It leads on to a place that is not allowed."""

    REDIRECT_LOOP = "redirect_loop"
    PRIVATE_ADDRESS = "private_address"
    """Its name stands for a machine that is not on the public internet."""


class OfficialState(StrEnum):
    """How a document's official address stood when it was looked at last."""

    UNCHECKED = "unchecked"
    """It has none, or nobody has looked yet."""

    GOOD = "good"
    FAILING = "failing"
    """It does not give the document at present; our copy, where there is one, still does."""

    CHANGED = "changed"
    """It gives another file than our copy."""
