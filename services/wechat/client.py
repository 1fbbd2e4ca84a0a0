"""The client: calls with a token, tried again where that is safe, and left alone by the breaker."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Final

import stamina

from models.vocabulary import TokenKind
from services.runtime.clock import Clock, utc_now
from services.runtime.database import Database
from services.runtime.sealing import Sealer
from services.wechat.breaker import Breaker
from services.wechat.line import Answer, Body, Endpoint, Line, Query, Upload
from services.wechat.refusals import (
    AnswerLost,
    CallsPaused,
    CredentialsRefused,
    NotReached,
    RateLimited,
    SystemBusy,
    TokenInvalid,
)
from services.wechat.token_rows import TokenRow
from services.wechat.tokens import Fetch, Fetched, Pause, Tokens

STABLE_TOKEN: Final = Endpoint(path="/cgi-bin/stable_token", seconds=5)

ATTEMPTS = 3
FIRST_WAIT = timedelta(seconds=0.2)
LONGEST_WAIT = timedelta(seconds=2)
JITTER = timedelta(seconds=0.3)

DAILY_LIMIT = 45009
"""For most endpoints the day's quota; for pictures of codes the minute's, too."""


@dataclass(frozen=True)
class AccountKeys:
    """What an account shows that it is itself."""

    appid: str
    secret: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What a client needs of the process it is in; time is the machine's."""

    api_url: str
    database: Database
    sealer: Sealer
    open_api_url: str = ""
    """In a container of 微信云托管: where calls go without a token, since it knows who calls."""

    clock: Clock = utc_now
    ticks: Callable[[], float] = time.monotonic
    pause: Pause = asyncio.sleep
    calls: Counter[str] = field(default_factory=Counter)
    """What became of calls, for all accounts of a process."""

    patience: float = 1.0
    """Stretches every limit of time."""


class Client:
    """Calls WeChat's API for one account. Close it."""

    def __init__(self, keys: AccountKeys, around: Surroundings) -> None:
        """Connect to nothing yet."""
        self.appid = keys.appid
        self.clock = around.clock
        self._keys = keys
        self.around = around
        self._line = Line(around.api_url, calls=around.calls, patience=around.patience)
        self._open_line = (
            Line(around.open_api_url, calls=around.calls, patience=around.patience)
            if around.open_api_url
            else None
        )
        self._breaker = Breaker(around.ticks)
        self._tokens = self.tokens(TokenKind.ACCESS_TOKEN, self._fetch_token)

    def tokens(self, kind: TokenKind, fetch: Fetch) -> Tokens:
        """Make what keeps one kind of token of this account."""
        around = self.around
        row = TokenRow(around.database, appid=self.appid, kind=kind)
        return Tokens(row, fetch, sealer=around.sealer, clock=around.clock, pause=around.pause)

    @property
    def paused(self) -> bool:
        """Tell whether WeChat is left alone for having failed again and again."""
        return self._breaker.is_open

    async def call(
        self,
        endpoint: Endpoint,
        *,
        query: Query | None = None,
        body: Body | None = None,
        upload: Upload | None = None,
    ) -> Answer:
        """Make a call with the account's token; when WeChat refuses it, once more with another.

        Raises:
            WeChatError
        """
        ask = partial(self._ask, endpoint, query=query, body=body, upload=upload)
        if self._open_line is not None:
            return await ask(line=self._open_line)
        token = await self._tokens.current()
        try:
            answer = await ask(hidden={"access_token": token.text})
        except TokenInvalid:
            other = await self._tokens.instead_of(token)
            if other is None:
                raise
            token = other
            answer = await ask(hidden={"access_token": token.text})
        await self._tokens.works(token)
        return answer

    async def call_as_account(self, endpoint: Endpoint, *, query: Query, codes: Query) -> Answer:
        """Make a call with app id and secret in its query, as logins do; `codes` are hidden too."""
        hidden = {"secret": self._keys.secret, **codes}
        return await self._ask(endpoint, query={"appid": self.appid, **query}, hidden=hidden)

    async def check_credentials(self) -> None:
        """Ask WeChat for a token whatever is known already, and throw it away.

        Raises:
            CredentialsRefused, NotInWhitelist, NotReached or another WeChatError
        """
        await self._fetch_token(forced=False)

    async def aclose(self) -> None:
        """Close all connections."""
        if self._open_line is not None:
            await self._open_line.aclose()
        await self._tokens.aclose()
        await self._line.aclose()

    async def _fetch_token(self, forced: bool) -> Fetched:  # noqa: FBT001 - a Fetch
        body = {
            "grant_type": "client_credential",
            "appid": self.appid,
            "secret": self._keys.secret,
            "force_refresh": forced,
        }
        try:
            answer = await self._ask(STABLE_TOKEN, body=body)
        except TokenInvalid as refusal:
            # Here 40001 speaks of the secret.
            raise CredentialsRefused(
                path=refusal.path, errcode=refusal.errcode, rid=refusal.rid
            ) from None
        lifetime = timedelta(seconds=answer.number("expires_in"))
        return Fetched(answer.text("access_token"), lifetime)

    async def _ask(
        self,
        endpoint: Endpoint,
        *,
        query: Query | None = None,
        hidden: Query | None = None,
        body: Body | None = None,
        upload: Upload | None = None,
        line: Line | None = None,
    ) -> Answer:
        """Make a call, and again after a short wait where that is safe and may help."""
        async for attempt in stamina.retry_context(
            on=partial(_is_worth_repeating, endpoint),
            attempts=ATTEMPTS,
            timeout=None,
            wait_initial=FIRST_WAIT,
            wait_max=LONGEST_WAIT,
            wait_jitter=JITTER,
        ):
            with attempt, self._breaker.watching(endpoint.path):
                return await (line or self._line).ask(
                    endpoint, query=query, hidden=hidden, body=body, upload=upload
                )
        raise AssertionError  # pragma: no cover - the last attempt returns or raises


def _is_worth_repeating(endpoint: Endpoint, error: Exception) -> bool:
    match error:
        case CallsPaused():
            return False
        case NotReached():
            return True
        case RateLimited():
            # It was refused and not done; but who has no more today needs no second try.
            return endpoint.repeatable or error.errcode != DAILY_LIMIT
        case AnswerLost() | SystemBusy():
            return endpoint.repeatable
        case _:
            return False
