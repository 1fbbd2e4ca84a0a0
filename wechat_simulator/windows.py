"""How often an account may write to a person: the rules of customer-service messages.

Rules of 12 June 2023. A new action resets count and time to that action's own; nothing adds up.
"""

from dataclasses import dataclass

from wechat_simulator.errors import Failure
from wechat_simulator.people import Person, Window
from wechat_simulator.settings import MINI_PROGRAM, OFFICIAL_ACCOUNT, Kind

MINUTE = 60.0
TWO_DAYS = 48 * 3600.0


@dataclass(frozen=True)
class Rule:
    """What one kind of action allows."""

    messages: int
    seconds: float


RULES: dict[tuple[Kind, str], Rule] = {
    (OFFICIAL_ACCOUNT, "message"): Rule(5, TWO_DAYS),
    (OFFICIAL_ACCOUNT, "menu"): Rule(3, MINUTE),
    (OFFICIAL_ACCOUNT, "follow"): Rule(3, MINUTE),
    (OFFICIAL_ACCOUNT, "scan"): Rule(3, MINUTE),
    (MINI_PROGRAM, "message"): Rule(5, TWO_DAYS),
    (MINI_PROGRAM, "enter"): Rule(2, MINUTE),
}


def open_window(person: Person, kind: Kind, cause: str, *, now: float) -> None:
    """Let the account answer what the person just did; other actions change nothing."""
    rule = RULES.get((kind, cause))
    if rule is not None:
        person.windows[kind] = Window(cause=cause, left=rule.messages, ends_at=now + rule.seconds)
    if cause == "message":
        person.exchanged_at[kind] = now


def spend(person: Person, kind: Kind, *, now: float) -> None:
    """Use one message of the window.

    Raises:
        Failure: 45015 no window, or the person does not follow; 45047 count used up
    """
    window = person.windows.get(kind)
    gone = kind == OFFICIAL_ACCOUNT and not person.following
    if window is None or now >= window.ends_at or gone:
        raise Failure(45015)
    if window.left <= 0:
        raise Failure(45047)
    window.left -= 1
    person.exchanged_at[kind] = now
    person.typing_until.pop(kind, None)
