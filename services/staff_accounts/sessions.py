"""Sessions at the desk: begun by a password, good for something once all factors were shown."""

import hashlib
import secrets
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import StaffAccount, StaffSession
from services.staff_accounts.permissions import NEEDS_SECOND_FACTOR
from services.staff_accounts.refusals import StaffLoginRequired, StaffSessionNotFound

UNUSED = timedelta(hours=12)
"""How long a session lasts without being used: a working day."""

LONGEST = timedelta(days=7)
"""How long it lasts at most."""

UNFINISHED = timedelta(minutes=10)
"""How long somebody may look for their second factor."""

NOTED_EVERY = timedelta(minutes=1)
TOKEN_BYTES = 32
LONGEST_CLIENT = 120


def begin(
    db: AsyncSession, *, account: StaffAccount, client: str, now: datetime
) -> tuple[str, StaffSession]:
    """Begin a session after the right password and give its token; `now` is machine time."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    session = StaffSession(
        token_sha256=_digest(token),
        account_id=account.id,
        begun_at=now,
        seen_at=now,
        expires_at=now + UNFINISHED,
        client=client[:LONGEST_CLIENT],
    )
    if not owes_second_factor(account):
        finish(session, now=now)
    db.add(session)
    return token, session


def owes_second_factor(account: StaffAccount) -> bool:
    """Tell whether a password alone is not enough for an account."""
    return account.sealed_totp_secret is not None or account.role in NEEDS_SECOND_FACTOR


def finish(session: StaffSession, *, now: datetime) -> None:
    """Let a session open the desk."""
    session.passed, session.expires_at = True, now + UNUSED


async def of_token(
    db: AsyncSession, *, token: str, now: datetime
) -> tuple[StaffAccount, StaffSession]:
    """Give who is logged in with a token, perhaps not yet with all factors. `now` is machine time.

    Raises:
        StaffLoginRequired: the token is unknown, revoked or too old, or the account is closed.
    """
    session = await db.scalar(
        select(StaffSession).where(StaffSession.token_sha256 == _digest(token))
    )
    if session is None or now >= min(session.expires_at, session.begun_at + LONGEST):
        raise StaffLoginRequired
    account = await db.get(StaffAccount, session.account_id)
    if account is None or account.disabled:
        raise StaffLoginRequired
    return account, session


def is_due(session: StaffSession, *, now: datetime) -> bool:
    """Tell whether a session's use has to be noted, which costs a write."""
    return session.passed and now - session.seen_at >= NOTED_EVERY


async def note_use(db: AsyncSession, *, session_id: UUID, now: datetime) -> None:
    """Note that a session is used, so that it lasts."""
    session = await db.get(StaffSession, session_id)
    if session is not None and session.passed:
        session.seen_at, session.expires_at = now, now + UNUSED


async def of_account(db: AsyncSession, *, account_id: UUID, now: datetime) -> list[StaffSession]:
    """Give an account's sessions that still last, the last used first."""
    asked = select(StaffSession).where(
        StaffSession.account_id == account_id,
        StaffSession.expires_at > now,
        StaffSession.begun_at > now - LONGEST,
    )
    return list(await db.scalars(asked.order_by(StaffSession.seen_at.desc())))


async def revoke(db: AsyncSession, *, account_id: UUID, session_id: UUID) -> None:
    """End one of an account's sessions at once.

    Raises:
        StaffSessionNotFound
    """
    session = await db.get(StaffSession, session_id)
    if session is None or session.account_id != account_id:
        raise StaffSessionNotFound
    await db.delete(session)


async def revoke_all(db: AsyncSession, *, account_id: UUID, but: UUID | None = None) -> None:
    """End all sessions of an account, but perhaps the one that asks."""
    doomed = delete(StaffSession).where(StaffSession.account_id == account_id)
    if but is not None:
        doomed = doomed.where(StaffSession.id != but)
    await db.execute(doomed)


async def forget_expired(db: AsyncSession, *, now: datetime) -> None:
    """Take away the sessions that are over."""
    await db.execute(
        delete(StaffSession).where(
            (StaffSession.expires_at <= now) | (StaffSession.begun_at <= now - LONGEST)
        )
    )


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
