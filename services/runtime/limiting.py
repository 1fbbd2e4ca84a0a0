"""How often anybody may ask: one table of limits, counted here or together with other processes.

Whom a count is about is a digest under a key of ours, in this process and in Valkey alike: neither
an address nor a login can be read from it.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from limits import RateLimitItemPerSecond
from limits.aio.storage import RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from valkey.asyncio import BlockingConnectionPool, Valkey
from valkey.exceptions import ValkeyError

from services.errors import TooMany
from services.runtime.blind_index import BlindIndex
from services.runtime.windows import Window, Windows

PATIENCE_SECONDS = 0.25
"""How long Valkey may take for any one answer; it takes less than a millisecond as a rule."""

PAUSE_SECONDS = 5.0
"""How long Valkey is left alone after it failed: nobody waits for it at each request."""

MOST_CONNECTIONS = 50

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Limit:
    """So many times in so many seconds, gliding: the time before counts in part."""

    name: str
    number: int
    seconds: int = 60


# Hundreds may share an address: everybody in a hall, and most phones of a mobile network. So what
# is counted by address is wide, and what is counted by login or browser is what a person can do.
LOGINS = Limit("logins", 300)
"""Of one address. Each asks WeChat."""

STAFF_LOGINS = Limit("staff_logins", 20, 900)
"""Of one address: tries, right or wrong. Wrong ones are counted for each account besides."""

LOGINS_OF_VISITOR = Limit("logins_of_visitor", 60, 3600)
"""Of one person: a login is limited by itself, so nobody may have any number of them."""

WRITES = Limit("writes", 600)
"""Of one address, below /v1: all that is no reading."""

WRITES_OF_LOGIN = Limit("writes_of_login", 60)
FORMS = Limit("forms", 300)
"""Of one address, on pages."""

FORMS_OF_BROWSER = Limit("forms_of_browser", 30)
FORMS_OF_STAFF = Limit("forms_of_staff", 240)
"""Of one browser at the desk, which sends what is being written every four seconds, in each tab."""


class TooManyRequests(TooMany):
    """More was asked in a short time than anybody needs to."""

    code = "too_many_requests"

    def __init__(self, *, seconds: int) -> None:
        """Say after how many seconds it will do."""
        super().__init__(seconds=seconds)
        self.retry_after = seconds


class Limiter:
    """Counts, and refuses what is too much. `now` is the machine's time in seconds."""

    def __init__(
        self, *, index: BlindIndex, now: Callable[[], float], valkey_url: str = ""
    ) -> None:
        """Count in this process alone, or in Valkey with all others that are told of it."""
        self._index = index
        self._now = now
        self._here = Windows()
        self._shared = SharedWindows(valkey_url) if valkey_url else None
        self._away_until = 0.0
        self.refused: Counter[str] = Counter()
        """What was refused since the process began, by the limit's name."""

        self.failures = 0
        """How often Valkey was asked and did not answer."""

    async def take(self, limit: Limit, whom: str) -> None:
        """Count one more for somebody; no transaction may be open meanwhile.

        Raises:
            TooManyRequests: and it is not counted, so that whoever waits gets through.
        """
        window = Window(limit.number, limit.seconds)
        key = self._index.of(whom, about=f"limits.{limit.name}")
        wait = await self._wait(window, key)
        if wait is not None:
            self.refused[limit.name] += 1
            raise TooManyRequests(seconds=int(wait) + 1)

    async def close(self) -> None:
        """Let go of Valkey."""
        if self._shared is not None:
            await self._shared.close()

    async def _wait(self, window: Window, key: bytes) -> float | None:
        now = self._now()
        # More is left of the pause than it lasts: the clock was set back meanwhile.
        away = 0 < self._away_until - now <= PAUSE_SECONDS
        if self._shared is None or away:
            return self._here.take(window, key, now=now)
        try:
            return await self._shared.take(window, key)
        except (ValkeyError, OSError, TimeoutError) as error:
            self.failures += 1
            self._away_until = now + PAUSE_SECONDS
            log.warning("limits_not_shared", error=type(error).__name__)
            return self._here.take(window, key, now=now)


def pool(url: str) -> BlockingConnectionPool:
    """Give connections to Valkey: few, with an end to every wait, and over TLS to nobody else."""
    tls = {"ssl_check_hostname": True} if url.startswith(("valkeys:", "rediss:")) else {}
    return BlockingConnectionPool.from_url(
        url,
        max_connections=MOST_CONNECTIONS,
        timeout=PATIENCE_SECONDS,
        socket_timeout=PATIENCE_SECONDS,
        socket_connect_timeout=PATIENCE_SECONDS,
        **tls,
    )


class SharedWindows:
    """Counts that all processes share, in Valkey or anything that speaks its protocol."""

    def __init__(self, url: str) -> None:
        """Take Valkey's address; nothing is opened before the first count."""
        self._pool = pool(url)
        self._storage = RedisStorage(
            "async+valkey://",
            key_prefix="asi-limits",
            connection_pool=self._pool,  # type: ignore[arg-type]  # documented, and not typed
        )
        self._limiter = SlidingWindowCounterRateLimiter(self._storage)

    async def take(self, window: Window, key: bytes) -> float | None:
        """Count one more; give how many seconds to wait where that is too much."""
        item = RateLimitItemPerSecond(window.number, window.seconds, namespace="asi")
        whom = key.hex()
        if await self._limiter.hit(item, whom):
            return None
        told = await self._storage.get_sliding_window(item.key_for(whom), window.seconds)
        before, _, current, ends_in = told
        return window.wait(before, current, remaining=ends_in - window.seconds)

    async def ping(self) -> None:
        """Make sure that it answers.

        Raises:
            ValkeyError, OSError
        """
        await Valkey(connection_pool=self._pool).ping()

    async def close(self) -> None:
        """Close its connections."""
        await self._pool.disconnect()
