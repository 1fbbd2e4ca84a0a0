"""Tokens: fetched by one process at a time, renewed ahead, replaced once when WeChat refuses one.

Nothing here is a transaction while WeChat is asked: the lease in the row is what keeps others off.
Instants are the machine's time.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from models import AccessToken
from services.runtime.clock import Clock
from services.runtime.sealing import Sealer, SealUnreadable
from services.wechat.refusals import (
    CallsPaused,
    CredentialsRefused,
    NotInWhitelist,
    WeChatError,
)
from services.wechat.token_rows import LEASE, TokenRow

AHEAD = timedelta(minutes=4)
"""A token is renewed so long before it ends; WeChat makes the next one in the last 5 minutes."""

RENEWALS_APART = timedelta(minutes=1)
"""Of one token that WeChat gave for less than that, and of one that it did not give."""

FORCED_APART = timedelta(seconds=30)
"""A forced renewal sooner after another does nothing (facts, section 4; 20 a day)."""

MOST_FORCED = 3
"""Forced renewals in a row that bring nothing; then only plain ones are tried."""

LONGEST_RETRY = timedelta(minutes=10)
WAIT_SECONDS = 0.1
"""Between two looks at what the process that fetches has brought."""

LONGEST_WAIT = 2 * LEASE
"""Then somebody always takes the lease before us, and brings nothing."""

MOST_WAITS = int(LONGEST_WAIT.total_seconds() / WAIT_SECONDS)

Pause = Callable[[float], Awaitable[None]]

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Token:
    """A token as this process holds it."""

    text: str = field(repr=False)
    generation: int
    renew_at: datetime
    expires_at: datetime
    failures: int


@dataclass(frozen=True)
class Fetched:
    """What WeChat gave."""

    text: str = field(repr=False)
    lifetime: timedelta


Fetch = Callable[[bool], Awaitable[Fetched]]
"""Asks WeChat for a token; True tells it to make a new one at once."""


class Tokens:
    """One token of one account, in one process."""

    def __init__(
        self,
        row: TokenRow,
        fetch: Fetch,
        *,
        sealer: Sealer,
        clock: Clock,
        pause: Pause = asyncio.sleep,
    ) -> None:
        """Hold nothing yet."""
        self._row = row
        self._fetch = fetch
        self._sealer = sealer
        self._clock = clock
        self._pause = pause
        self._about = f"access_tokens.sealed:{row.appid}:{row.kind}"
        self._held: Token | None = None
        self._flight: asyncio.Task[Token] | None = None
        self._refused: tuple[WeChatError, datetime] | None = None

    async def current(self) -> Token:
        """Give the token; fetch or renew it if need be, once for all who ask.

        Raises:
            WeChatError: there is none to be had.
        """
        held, now = self._held, self._clock()
        if held is None or now >= held.expires_at:
            self._refuse_again(now)
            return await self._flown(past=held.generation if held else 0, refused=False)
        if now < held.renew_at or self._flight is not None:
            return held
        try:
            return await self._flown(past=held.generation, refused=False)
        except (WeChatError, SQLAlchemyError):
            # It is good for minutes yet, whether WeChat or the database failed.
            self._held = replace(held, renew_at=now + RENEWALS_APART)
            return held

    async def instead_of(self, refused: Token) -> Token | None:
        """Give another token for the one WeChat refuses; None when fetching would not help.

        After a fetch that brought nothing WeChat accepts, the next waits, longer each time.
        """
        if self._held is None or self._held.generation <= refused.generation:
            await self._flown(past=refused.generation, refused=True)
        held = self._held
        return held if held is not None and held.generation > refused.generation else None

    async def works(self, token: Token) -> None:
        """Take note that WeChat has accepted a token."""
        if not token.failures:
            return
        if self._held is not None and self._held.generation == token.generation:
            self._held = replace(self._held, failures=0)
        try:
            await self._row.confirm(token.generation)
        except SQLAlchemyError:
            # The call went well, and this must not make it look otherwise.
            log.warning("wechat_token_not_confirmed")

    async def aclose(self) -> None:
        """Stop fetching."""
        if self._flight is not None:
            self._flight.cancel()
            with suppress(asyncio.CancelledError, WeChatError):
                await self._flight

    async def _flown(self, *, past: int, refused: bool) -> Token:
        """Renew, or wait for the renewal under way; who gives up waiting does not stop it."""
        if self._flight is None:
            self._flight = asyncio.create_task(self._renew(past=past, refused=refused))
            self._flight.add_done_callback(self._landed)
        return await asyncio.shield(self._flight)

    def _landed(self, flight: asyncio.Task[Token]) -> None:
        self._flight = None
        if not flight.cancelled():
            # Asked for here, since nobody may be waiting any more.
            flight.exception()

    async def _renew(self, *, past: int, refused: bool) -> Token:
        """Take what another process has fetched, or the lease and fetch."""
        for _ in range(MOST_WAITS):
            row, now = await self._row.read(), self._clock()
            found = self._opened(row)
            if found is not None and _will_do(found, row, past=past, refused=refused, now=now):
                break
            if not await self._row.lease(row, now=now):
                await self._pause(WAIT_SECONDS)
                continue
            found = await self._fetched(row, refused=refused)
            if found is not None:
                break
        else:
            raise CallsPaused(path=self._row.kind)
        self._held = found
        return found

    async def _fetched(self, row: AccessToken, *, refused: bool) -> Token | None:
        """Fetch under the lease and store it; None when the lease was lost meanwhile."""
        forced = refused and self._may_force(row)
        try:
            fetched = await self._fetch(forced)
        except BaseException as error:
            self._remember(error)
            await self._row.give_back()
            raise
        self._refused = None
        now = self._clock()
        failures = row.failures + refused
        stored = await self._row.put(
            sealed=self._sealer.seal(fetched.text.encode(), about=self._about),
            fetched_at=now,
            expires_at=now + fetched.lifetime,
            failures=failures,
            retry_at=now + _backoff(failures) if refused else row.retry_at,
            forced_at=now if forced else row.forced_at,
        )
        if not stored:
            return None
        return _token(
            fetched.text,
            generation=row.generation + 1,
            fetched_at=now,
            expires_at=now + fetched.lifetime,
            failures=failures,
        )

    def _may_force(self, row: AccessToken) -> bool:
        """Tell whether a plain renewal was of no use already, and forcing may be."""
        soon = row.forced_at is not None and self._clock() - row.forced_at < FORCED_APART
        return 0 < row.failures <= MOST_FORCED and not soon

    def _opened(self, row: AccessToken) -> Token | None:
        """Give the row's token; one that was sealed under another key is as good as none."""
        if row.sealed is None or row.fetched_at is None or row.expires_at is None:
            return None
        try:
            text = self._sealer.open(row.sealed, about=self._about).decode()
        except SealUnreadable:
            return None
        return _token(
            text,
            generation=row.generation,
            fetched_at=row.fetched_at,
            expires_at=row.expires_at,
            failures=row.failures,
        )

    def _remember(self, error: BaseException) -> None:
        """Keep a refusal that asking again at once would not change."""
        if isinstance(error, CredentialsRefused | NotInWhitelist):
            self._refused = (error, self._clock() + FORCED_APART)

    def _refuse_again(self, now: datetime) -> None:
        if self._refused is not None and now < self._refused[1]:
            raise self._refused[0].with_traceback(None)


def _will_do(found: Token, row: AccessToken, *, past: int, refused: bool, now: datetime) -> bool:
    """Tell whether the row's token is another than the one that is past, or has to do."""
    if found.generation > past:
        return now < found.expires_at
    return refused and row.retry_at is not None and now < row.retry_at


def _token(
    text: str, *, generation: int, fetched_at: datetime, expires_at: datetime, failures: int
) -> Token:
    earliest = min(fetched_at + RENEWALS_APART, expires_at)
    return Token(
        text=text,
        generation=generation,
        renew_at=max(expires_at - AHEAD, earliest),
        expires_at=expires_at,
        failures=failures,
    )


def _backoff(failures: int) -> timedelta:
    doublings = min(failures - 1, 10)
    return min(FORCED_APART * (1 << doublings), LONGEST_RETRY)
