"""Logging in: the password, then the second factor; both can be tried a few times only.

A wrong try has to stay counted although it is refused, and a password takes 50 ms to compare, for
which nobody may be kept waiting: so these take the database, and make short transactions.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import StaffAccount, StaffSession
from services import attempts, audit
from services.runtime.blind_index import BlindIndex
from services.runtime.database import Database
from services.runtime.signing import Signer
from services.staff_accounts import accounts, passwords, second_factor, sessions
from services.staff_accounts.refusals import (
    SecondFactorSet,
    StaffLoginRefused,
    StaffLoginRequired,
    TooManyLogins,
)
from services.staff_accounts.second_factor import Keys

TRIES = 5
"""Wrong passwords, and wrong codes, for one account in a window."""

WINDOW = timedelta(minutes=15)

_PASSWORD = "attempt_counts.staff_login"  # noqa: S105 - a place
_CODE = "attempt_counts.staff_code"

log = structlog.get_logger(__name__)


class LoggedIn(NamedTuple):
    """A session that has begun."""

    token: str
    account: StaffAccount
    finished: bool
    """False while the second factor is owed."""


async def log_in(
    database: Database, *, login: str, password: str, client: str, index: BlindIndex, now: datetime
) -> LoggedIn:
    """Begin a session for whoever knows an account's password. `now` is machine time.

    Raises:
        TooManyLogins: also for the right password.
        StaffLoginRefused
    """
    login = login.strip().lower()
    key = index.of(login, about=_PASSWORD)
    await _count(database, key, now=now)
    async with database.snapshot() as db:
        account = await db.scalar(select(StaffAccount).where(StaffAccount.login == login))
    kept = account.password_hash if account and not account.disabled else None
    if not await passwords.matches(password, kept) or account is None:
        raise StaffLoginRefused
    renewed = account.password_hash
    if passwords.is_outdated(renewed):
        renewed = await passwords.hashed(password)
    async with database.transaction() as db:
        account = await accounts.by_login(db, login=login)
        if account.disabled or account.password_hash != kept:
            raise StaffLoginRefused
        account.password_hash = renewed
        token, session = sessions.begin(db, account=account, client=client, now=now)
        await attempts.forget(db, key=key)
        if session.passed:
            await _record(db, account, "staff.logged_in", now=now)
    return LoggedIn(token, account, session.passed)


async def confirm(
    database: Database, *, token: str, code: str, keys: Keys, now: datetime
) -> StaffAccount:
    """Finish a session with a code of the second factor. `now` is machine time.

    Raises:
        StaffLoginRequired, TooManyLogins, SecondFactorRefused
    """
    async with database.snapshot() as db:
        account, _ = await sessions.of_token(db, token=token, now=now)
    key = keys.index.of(str(account.id), about=_CODE)
    await _count(database, key, now=now)
    async with database.transaction() as db:
        account, session = await _locked(db, token=token, now=now)
        await second_factor.require(db, account=account, code=code, keys=keys, now=now)
        sessions.finish(session, now=now)
        await attempts.forget(db, key=key)
        await _record(db, account, "staff.logged_in", now=now)
    return account


async def set_up_second_factor(
    database: Database, *, token: str, code: str, keys: Keys, signer: Signer, now: datetime
) -> Sequence[str]:
    """Set up the second factor that was offered to a session, and finish the session.

    Gives the recovery codes, which nobody will ever see again.

    Raises:
        StaffLoginRequired, SecondFactorSet, SecondFactorRefused
    """
    async with database.transaction() as db:
        account, session = await _locked(db, token=token, now=now)
        if account.sealed_totp_secret is not None:
            raise SecondFactorSet
        secret = second_factor.offered(token, signer=signer)
        codes = await second_factor.set_up(
            db, account=account, secret=secret, code=code, keys=keys, now=now
        )
        if not session.passed:
            sessions.finish(session, now=now)
            await _record(db, account, "staff.logged_in", now=now)
        await _record(db, account, "staff.second_factor_set", now=now)
    return codes


async def change_password(
    database: Database, *, token: str, former: str, password: str, index: BlindIndex, now: datetime
) -> None:
    """Let somebody who is logged in choose another password; their other sessions end.

    Raises:
        StaffLoginRequired, TooManyLogins, StaffLoginRefused, PasswordUnfit
    """
    async with database.snapshot() as db:
        account, session = await sessions.of_token(db, token=token, now=now)
    passwords.require_fit(password, about=accounts.words_about(account))
    key = index.of(account.login, about=_PASSWORD)
    await _count(database, key, now=now)
    if not await passwords.matches(former, account.password_hash):
        raise StaffLoginRefused
    chosen = await passwords.hashed(password)
    async with database.transaction() as db:
        locked = await accounts.by_id(db, account_id=account.id)
        await attempts.forget(db, key=key)
        await accounts.change_password(
            db,
            account=locked,
            session_id=session.id,
            former_hash=account.password_hash,
            password_hash=chosen,
            now=now,
        )


async def log_out(database: Database, *, token: str, now: datetime) -> None:
    """End the session of a token; nothing happens where there is none."""
    async with database.transaction() as db:
        try:
            account, session = await sessions.of_token(db, token=token, now=now)
        except StaffLoginRequired:
            return
        await sessions.revoke(db, account_id=account.id, session_id=session.id)


async def _count(database: Database, key: bytes, *, now: datetime) -> None:
    """Count a try before it is known whether it is right."""
    async with database.transaction() as db:
        tries = await attempts.count(db, key=key, now=now, window=WINDOW)
    if tries > TRIES:
        log.warning("staff_locked_out", tries=tries)
        raise TooManyLogins(minutes=int(WINDOW.total_seconds() // 60))


async def _locked(
    db: AsyncSession, *, token: str, now: datetime
) -> tuple[StaffAccount, StaffSession]:
    account, session = await sessions.of_token(db, token=token, now=now)
    await db.refresh(account, with_for_update=True)
    return account, session


async def _record(db: AsyncSession, account: StaffAccount, act: str, *, now: datetime) -> None:
    await audit.record(db, actor=account.login, act=act, subject=f"staff/{account.login}", now=now)
