"""Logging in from the mini-program: a code becomes a token."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from models import Visitor
from models.vocabulary import Account, SessionKind
from services.runtime.sealing import Sealer
from services.visitors import identities, sessions
from services.visitors.refusals import (
    LoginBlocked,
    LoginCodeInvalid,
    LoginCodeUsed,
    LoginTooOften,
)
from services.wechat import refusals
from services.wechat.gateway import Login, MiniProgram, OfficialAccount, WebLogin

TOKEN_BYTES = 32


@dataclass(frozen=True)
class LoggedIn:
    """A fresh login."""

    visitor: Visitor
    token: str = field(repr=False)
    expires_at: datetime = field(repr=False)


async def identify(door: MiniProgram, *, code: str) -> Login:
    """Ask WeChat who a login code stands for; no transaction may be open meanwhile.

    Raises:
        LoginCodeInvalid, LoginCodeUsed, LoginBlocked, LoginTooOften, WeChatError
    """
    with _in_our_words():
        return await door.log_in(code)


async def identify_reader(door: OfficialAccount, *, code: str) -> WebLogin:
    """Ask WeChat who reads our page; no transaction may be open meanwhile.

    Raises:
        LoginCodeInvalid, LoginCodeUsed, LoginBlocked, LoginTooOften, WeChatError
    """
    with _in_our_words():
        return await door.log_in(code)


async def log_in(
    db: AsyncSession, *, login: Login, appid: str, sealer: Sealer, now: datetime
) -> LoggedIn:
    """Find or make the visitor a login stands for, and begin a session.

    `now` is the machine's time. The token is given out once; only its SHA-256 is kept.
    """
    visitor = await identities.known_as(
        db, account=Account.MINI_PROGRAM, openid=login.openid, unionid=login.unionid, now=now
    )
    visitor.last_seen_at = now
    if login.session_key:
        place = f"visitors.sealed_session_key:{visitor.id}"
        visitor.sealed_session_key = sealer.seal(login.session_key.encode(), about=place)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    session = sessions.begun(
        visitor, token=token, kind=SessionKind.MINI_PROGRAM, appid=appid, now=now
    )
    db.add(session)
    return LoggedIn(visitor=visitor, token=token, expires_at=session.expires_at)


@contextmanager
def _in_our_words() -> Iterator[None]:
    try:
        yield
    except refusals.CodeUsed as error:
        raise LoginCodeUsed from error
    except refusals.CodeInvalid as error:
        raise LoginCodeInvalid from error
    except refusals.UserBlocked as error:
        raise LoginBlocked from error
    except refusals.RateLimited as error:
        raise LoginTooOften from error
