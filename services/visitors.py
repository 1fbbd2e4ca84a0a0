"""Visitors: logging in with WeChat, and knowing again who is logged in.

Identity comes from here alone. What a request's body says of it is an unknown field.
"""

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import LoginSession, Visitor
from services.errors import Conflict, Forbidden, Malformed, TooMany, Unauthorised
from services.runtime.sealing import Sealer
from services.wechat import refusals
from services.wechat.gateway import Login, MiniProgram

TTL = timedelta(days=7)
"""How long a login lasts without being used."""

SLIDE = timedelta(days=1)
"""A login that is used is prolonged at most so often: a write for each request would be a waste."""

TOKEN_BYTES = 32


class LoginRequired(Unauthorised):
    """Nobody is logged in, or the login is over."""

    code = "login_required"


class LoginCodeInvalid(Malformed):
    """The login code is wrong or older than five minutes."""

    code = "login_code_invalid"


class LoginCodeUsed(Conflict):
    """The login code was used before."""

    code = "login_code_used"


class LoginBlocked(Forbidden):
    """WeChat does not let this person log in."""

    code = "login_blocked"


class LoginTooOften(TooMany):
    """This person logs in more often than WeChat allows."""

    code = "login_too_often"


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
    try:
        return await door.log_in(code)
    except refusals.CodeUsed as error:
        raise LoginCodeUsed from error
    except refusals.CodeInvalid as error:
        raise LoginCodeInvalid from error
    except refusals.UserBlocked as error:
        raise LoginBlocked from error
    except refusals.RateLimited as error:
        raise LoginTooOften from error


async def log_in(
    db: AsyncSession, *, login: Login, appid: str, sealer: Sealer, now: datetime
) -> LoggedIn:
    """Find or make the visitor a login stands for, and begin a session.

    `now` is the machine's time. The token is given out once; only its SHA-256 is kept.
    """
    visitor = await _visitor(db, login, now=now)
    visitor.last_seen_at = now
    place = f"visitors.sealed_session_key:{visitor.id}"
    visitor.sealed_session_key = sealer.seal(login.session_key.encode(), about=place)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    db.add(
        LoginSession(
            token_sha256=_digest(token),
            visitor_id=visitor.id,
            appid=appid,
            begun_at=now,
            expires_at=now + TTL,
        )
    )
    return LoggedIn(visitor=visitor, token=token, expires_at=now + TTL)


async def of_token(db: AsyncSession, *, token: str, appid: str, now: datetime) -> Visitor:
    """Give the visitor who is logged in with a token, and prolong the login.

    Raises:
        LoginRequired: the token is unknown, of another account, revoked or too old.
    """
    session = await db.get(LoginSession, _digest(token))
    if session is None or session.appid != appid or now >= session.expires_at:
        raise LoginRequired
    visitor = await db.get_one(Visitor, session.visitor_id)
    if session.expires_at - now < TTL - SLIDE:
        session.expires_at = now + TTL
        visitor.last_seen_at = now
    return visitor


async def log_out(db: AsyncSession, *, token: str) -> None:
    """End the session of a token; nothing happens where there is none."""
    await db.execute(delete(LoginSession).where(LoginSession.token_sha256 == _digest(token)))


async def log_out_everywhere(db: AsyncSession, *, visitor_id: UUID) -> None:
    """End all sessions of a visitor."""
    await db.execute(delete(LoginSession).where(LoginSession.visitor_id == visitor_id))


async def forget_expired(db: AsyncSession, *, now: datetime) -> None:
    """Take away the sessions that are over."""
    await db.execute(delete(LoginSession).where(LoginSession.expires_at <= now))


async def _visitor(db: AsyncSession, login: Login, *, now: datetime) -> Visitor:
    """Find who a login stands for, by openid first, then by unionid; make them if need be."""
    by_openid = await db.scalar(
        select(Visitor).where(Visitor.mp_openid == login.openid).with_for_update()
    )
    by_unionid = None
    if login.unionid:
        by_unionid = await db.scalar(
            select(Visitor).where(Visitor.unionid == login.unionid).with_for_update()
        )
    visitor = by_openid or by_unionid
    if visitor is None:
        visitor = Visitor(first_seen_at=now, last_seen_at=now)
        db.add(visitor)
    visitor.mp_openid = login.openid
    # Known twice, by each id: the openid's row stays as it is, and so does the other's unionid.
    if by_unionid is None and login.unionid:
        visitor.unionid = login.unionid
    await db.flush()
    return visitor


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
