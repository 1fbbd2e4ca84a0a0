"""Sessions: a token that is worth a visitor for a while, and only its SHA-256 is kept."""

import hashlib
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from models import LoginSession, Visitor
from models.vocabulary import SessionKind
from services.visitors.refusals import LoginRequired

TTL = timedelta(days=7)
"""How long a login lasts without being used."""

SLIDE = timedelta(days=1)
"""A login that is used is prolonged at most so often: a write for each request would be a waste."""


def begun(
    visitor: Visitor, *, token: str, kind: SessionKind, appid: str, now: datetime
) -> LoginSession:
    """Give the row of a session that begins; `now` is the machine's time."""
    return LoginSession(
        token_sha256=digest(token),
        visitor_id=visitor.id,
        kind=kind,
        appid=appid,
        begun_at=now,
        expires_at=now + TTL,
    )


async def of_token(
    db: AsyncSession, *, token: str, appid: str, now: datetime, stays: bool = False
) -> Visitor:
    """Give the visitor who is logged in from the mini-program, and prolong the login.

    One who `stays` cannot be erased before the transaction ends.

    Raises:
        LoginRequired: the token is unknown, a cookie's, of another account, revoked or too old.
    """
    session = await valid(db, token=token, kind=SessionKind.MINI_PROGRAM, now=now)
    if session is None or session.appid != appid:
        raise LoginRequired
    lock = {"read": True, "key_share": True} if stays else None
    visitor = await db.get(Visitor, session.visitor_id, with_for_update=lock)
    if visitor is None:
        raise LoginRequired
    slide(session, visitor, now=now)
    return visitor


async def valid(
    db: AsyncSession, *, token: str, kind: SessionKind, now: datetime
) -> LoginSession | None:
    """Give a token's session, None where it has none of this kind that still lasts."""
    session = await db.get(LoginSession, digest(token))
    if session is None or session.kind is not kind or now >= session.expires_at:
        return None
    return session


def is_due(session: LoginSession, *, now: datetime) -> bool:
    """Tell whether a session that is used should be prolonged."""
    return session.expires_at - now < TTL - SLIDE


def slide(session: LoginSession, visitor: Visitor, *, now: datetime) -> None:
    """Prolong a session that is used, if it is time to."""
    if is_due(session, now=now):
        session.expires_at = now + TTL
        visitor.last_seen_at = now


async def log_out(db: AsyncSession, *, token: str) -> None:
    """End the session of a token; nothing happens where there is none."""
    await db.execute(delete(LoginSession).where(LoginSession.token_sha256 == digest(token)))


async def log_out_everywhere(db: AsyncSession, *, visitor_id: UUID) -> None:
    """End all sessions of a visitor."""
    await db.execute(delete(LoginSession).where(LoginSession.visitor_id == visitor_id))


async def forget_expired(db: AsyncSession, *, now: datetime) -> None:
    """Take away the sessions that are over."""
    await db.execute(delete(LoginSession).where(LoginSession.expires_at <= now))


def digest(token: str) -> str:
    """Give what is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()
