"""Readers of our own pages: known by a cookie, and by the official account where it may ask.

The cookie's token is made before anything is stored. Its session, and the visitor behind it, begin
with the first deed that needs somebody to be the doer of it.
"""

import secrets
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from models import LoginSession, Visitor
from models.vocabulary import Account, SessionKind
from services.visitors import identities, sessions
from services.wechat.gateway import WebLogin

TOKEN_BYTES = 16


def make_token() -> str:
    """Make a cookie's token of 128 random bits."""
    return secrets.token_urlsafe(TOKEN_BYTES)


async def reader(db: AsyncSession, *, token: str, now: datetime) -> Visitor | None:
    """Give who reads with a cookie, None for somebody who has not done anything yet.

    Only reads. `now` is the machine's time.
    """
    session = await _session(db, token, now)
    return await db.get_one(Visitor, session.visitor_id) if session else None


async def is_due(db: AsyncSession, *, token: str, now: datetime) -> bool:
    """Tell whether a reader's session should be prolonged."""
    session = await _session(db, token, now)
    return session is not None and sessions.is_due(session, now=now)


async def prolong(db: AsyncSession, *, token: str, now: datetime) -> None:
    """Prolong a reader's session, if there is one and it is time to."""
    session = await _session(db, token, now)
    if session is not None:
        sessions.slide(session, await db.get_one(Visitor, session.visitor_id), now=now)


async def settled(db: AsyncSession, *, token: str, now: datetime) -> Visitor:
    """Give who reads with a cookie; makes visitor and session if this is the first deed."""
    session = await _session(db, token, now)
    if session is None:
        try:
            async with db.begin_nested():
                return await _settle(db, token, now)
        except IntegrityError:
            # Another tab's deed was first; its transaction has ended, or we would still wait.
            session = await _session(db, token, now)
            if session is None:
                raise
    visitor = await db.get_one(Visitor, session.visitor_id)
    sessions.slide(session, visitor, now=now)
    return visitor


async def log_in_reader(
    db: AsyncSession, *, login: WebLogin, appid: str, token: str, now: datetime
) -> str:
    """Let a cookie's reader be who WeChat says; give the token that is worth it from now on.

    The old token is worth nothing afterwards: whoever knew it before the login is kept out.
    """
    before = await _session(db, token, now)
    visitor = await identities.known_as(
        db,
        account=Account.OFFICIAL_ACCOUNT,
        openid=login.openid,
        unionid=login.unionid,
        reader_id=before.visitor_id if before else None,
        now=now,
    )
    visitor.last_seen_at = now
    await sessions.log_out(db, token=token)
    fresh = make_token()
    db.add(sessions.begun(visitor, token=fresh, kind=SessionKind.PAGES, appid=appid, now=now))
    return fresh


async def _session(db: AsyncSession, token: str, now: datetime) -> LoginSession | None:
    return await sessions.valid(db, token=token, kind=SessionKind.PAGES, now=now)


async def _settle(db: AsyncSession, token: str, now: datetime) -> Visitor:
    over = sessions.digest(token)
    await db.execute(
        delete(LoginSession).where(
            LoginSession.token_sha256 == over, LoginSession.expires_at <= now
        )
    )
    visitor = Visitor(first_seen_at=now, last_seen_at=now)
    db.add(visitor)
    await db.flush()
    db.add(sessions.begun(visitor, token=token, kind=SessionKind.PAGES, appid="", now=now))
    await db.flush()
    return visitor
