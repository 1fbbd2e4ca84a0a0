"""Both accounts' callbacks, put together from the settings."""

import time
from collections import Counter
from collections.abc import Callable, Mapping

from api.official_account.callback import PATHS, Callback
from models.vocabulary import Account
from services.conversations.reception import Reception
from services.runtime.settings import Settings
from services.wechat.envelope import Envelope, Pair


def callbacks(
    settings: Settings,
    *,
    reception: Reception,
    machine_time: Callable[[], float] = time.time,
) -> dict[str, Callback]:
    """Make the callbacks by their paths; one of an account that is not configured refuses."""
    return {
        path: Callback(
            account,
            envelope=_envelope(settings, account),
            reception=reception,
            machine_time=machine_time,
        )
        for path, account in PATHS.items()
    }


def outcomes(made: Mapping[str, Callback]) -> Counter[str]:
    """Add up what came of all requests."""
    return sum((callback.statistics.outcomes for callback in made.values()), Counter())


def refusals(made: Mapping[str, Callback]) -> Counter[str]:
    """Add up why pushes were refused."""
    return sum((callback.statistics.refusals for callback in made.values()), Counter())


def _envelope(settings: Settings, account: Account) -> Envelope | None:
    known = settings.account(account)
    if known is None:
        return None
    return Envelope(known.appid, [Pair(token, key) for token, key in known.pairs], known.mode)
