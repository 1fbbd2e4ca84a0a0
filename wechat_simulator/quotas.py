"""Counting calls, and refusing the ones that are too many."""

from collections.abc import Iterable

from wechat_simulator.accounts import Account
from wechat_simulator.calls import Limit
from wechat_simulator.errors import Failure
from wechat_simulator.state import State

PERIODS = {"second": 1, "minute": 60, "day": 86400, "month": 30 * 86400, "life": 10**12}
BEIJING = 8 * 3600
DAILY = 45009


def count(
    state: State, account: Account, path: str, *, limits: Iterable[Limit], now: float
) -> None:
    """Count one call of an endpoint.

    Raises:
        Failure: the limit's own code, once it is reached
    """
    own = account.quotas.get(path, {})
    listed = {str(limit.period): limit for limit in limits}
    for period in [period for period in PERIODS if period in own or period in listed]:
        spend(
            state,
            f"{account.kind} {path}",
            period,
            allowed=own[period] if period in own else listed[period].calls,
            errcode=listed[period].errcode if period in listed else DAILY,
            now=now,
        )


def spend(  # a quota has these parts
    state: State, name: str, period: str, *, allowed: int, errcode: int, now: float
) -> None:
    """Use one of a quota, if one is left.

    Raises:
        Failure: `errcode`
    """
    key = _key(name, period, now)
    if state.used.get(key, 0) >= allowed:
        raise Failure(errcode)
    state.used[key] = state.used.get(key, 0) + 1


def used(state: State, name: str, period: str, *, now: float) -> int:
    """Tell how much of a quota is used in the present period."""
    return state.used.get(_key(name, period, now), 0)


def forget(state: State, account: Account, *, path: str = "/") -> None:
    """Give the account its quotas back: all of them, or those of one path."""
    beginning = f"{account.kind} {path}"
    for key in [key for key in state.used if key.startswith(beginning)]:
        del state.used[key]


def _key(name: str, period: str, now: float) -> str:
    return f"{name} {period} {int(now + BEIJING) // PERIODS[period]}"
