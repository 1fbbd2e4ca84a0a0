"""The simulator and a callback that stands in for the service, shared and made fresh each time."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.support import callbacks
from tests.support.callbacks import Callback
from tests.support.simulator import Simulator, User, in_thread


@pytest.fixture(scope="session")
def _listening() -> Iterator[tuple[Simulator, Callback]]:
    with ExitStack() as stack:
        callback = stack.enter_context(callbacks.listening())
        simulator = stack.enter_context(in_thread(ASI_PUBLIC_URL=callback.url))
        yield simulator, callback


@pytest.fixture
def callback(_listening: tuple[Simulator, Callback]) -> Callback:
    """The service's stand-in; it says `success` until told otherwise."""
    _listening[1].says()
    return _listening[1]


@pytest.fixture
def simulator(_listening: tuple[Simulator, Callback], callback: Callback) -> Simulator:
    """The platform, on which nothing has happened yet."""
    found = _listening[0]
    found.reset()
    for kind in ("official-account", "mini-program"):
        found.account(kind, push_spacing=0)
    callback.says()
    return found


@pytest.fixture
def user(simulator: Simulator) -> User:
    """A follower, whose window of the follow has three messages left."""
    made = simulator.user("小明")
    simulator.follow(made.openid_oa)
    return made
