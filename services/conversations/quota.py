"""The quota ledger: how many messages WeChat still lets us send a visitor, and until when."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from models import Conversation
from models.vocabulary import Account, Author, WindowKind


@dataclass(frozen=True)
class Allowance:
    """What one act of a visitor lets us send."""

    messages: int
    lasts: timedelta


ALLOWANCES = {
    (Account.OFFICIAL_ACCOUNT, WindowKind.MESSAGE): Allowance(5, timedelta(hours=48)),
    (Account.OFFICIAL_ACCOUNT, WindowKind.FOLLOW): Allowance(3, timedelta(minutes=1)),
    (Account.OFFICIAL_ACCOUNT, WindowKind.SCAN): Allowance(3, timedelta(minutes=1)),
    (Account.OFFICIAL_ACCOUNT, WindowKind.MENU): Allowance(3, timedelta(minutes=1)),
    (Account.MINI_PROGRAM, WindowKind.MESSAGE): Allowance(5, timedelta(hours=48)),
    (Account.MINI_PROGRAM, WindowKind.SESSION): Allowance(2, timedelta(minutes=1)),
}
"""WeChat's 下发规则 of 12 June 2023, as its customer-service pages stated it on 2026-11-23."""


RESERVED = 1
"""Messages of a window that only a person may send: no automatic one takes the last word."""


@dataclass(frozen=True)
class Standing:
    """What may still be sent at an instant."""

    left: int
    closes_at: datetime | None
    """None when nothing may be sent."""


def open_window(conversation: Conversation, kind: WindowKind, *, now: datetime) -> None:
    """Take notice of an act of the visitor; of one that allows nothing there, none.

    Allowances never add up: WeChat puts count and time to what the newest act allows, even where
    that is less than what was left of the one before.
    """
    allowance = ALLOWANCES.get((conversation.account, kind))
    if allowance is None:
        return
    conversation.window_kind = kind
    conversation.window_closes_at = now + allowance.lasts
    conversation.window_left = allowance.messages


def standing(conversation: Conversation, *, now: datetime) -> Standing:
    """Tell what may still be sent."""
    closes_at = conversation.window_closes_at
    if closes_at is None or now >= closes_at or conversation.window_left == 0:
        return Standing(left=0, closes_at=None)
    return Standing(left=conversation.window_left, closes_at=closes_at)


def left_for(author: Author, conversation: Conversation, *, now: datetime) -> int:
    """Tell how many messages somebody may still send.

    The shorter windows are over before a person could have read anything: there nothing is kept.
    """
    left = standing(conversation, now=now).left
    kept_back = author is Author.AUTOMATIC and conversation.window_kind is WindowKind.MESSAGE
    return max(left - RESERVED, 0) if kept_back else left


def spend(conversation: Conversation) -> None:
    """Count one message when it is queued, so that two agents cannot both spend the last one."""
    conversation.window_left -= 1


def give_back(conversation: Conversation) -> None:
    """Take back the count of a message that WeChat never took."""
    if conversation.window_kind is not None:
        most = ALLOWANCES[conversation.account, conversation.window_kind].messages
        conversation.window_left = min(conversation.window_left + 1, most)


def shut(conversation: Conversation) -> None:
    """Believe WeChat that nothing more may be sent (45015, 45047), whatever was counted here."""
    conversation.window_left = 0
