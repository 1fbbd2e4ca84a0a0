"""Staff accounts: made and changed by admins, and by whoever runs the machine."""

import secrets
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from models import StaffAccount
from models.vocabulary import StaffRole
from services import audit
from services.staff_accounts import second_factor, sessions
from services.staff_accounts.refusals import (
    LastAdmin,
    LoginTaken,
    StaffAccountNotFound,
    StaffLoginRefused,
)

_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyzABCDEFGHJKMNPQRSTUVWXYZ"
_GROUPS, _GROUP = 4, 5


def made_up_password() -> str:
    """Give a password that is told once and changed soon: 115 bits, without look-alikes."""
    groups = ("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP)) for _ in range(_GROUPS))
    return "-".join(groups)


async def add(
    db: AsyncSession,
    *,
    login: str,
    name: str,
    role: StaffRole,
    password_hash: str,
    actor: str,
    now: datetime,
) -> StaffAccount:
    """Make an account; `password_hash` is of `passwords.hashed`.

    Raises:
        LoginTaken
    """
    account = StaffAccount(
        login=login.lower(), name=name, role=role, password_hash=password_hash, created_at=now
    )
    db.add(account)
    try:
        await db.flush()
    except IntegrityError as error:
        raise LoginTaken(login=login) from error
    await _record(db, account, "staff.added", actor=actor, now=now, role=role.value)
    return account


async def every(db: AsyncSession) -> list[StaffAccount]:
    """Give all accounts, those that are open first, by login."""
    asked = select(StaffAccount).order_by(StaffAccount.disabled, StaffAccount.login)
    return list(await db.scalars(asked))


async def by_login(db: AsyncSession, *, login: str) -> StaffAccount:
    """Give an account, locked until the transaction ends.

    Raises:
        StaffAccountNotFound
    """
    asked = select(StaffAccount).where(StaffAccount.login == login.lower()).with_for_update()
    account = await db.scalar(asked)
    if account is None:
        raise StaffAccountNotFound
    return account


async def by_id(db: AsyncSession, *, account_id: UUID) -> StaffAccount:
    """Give an account, locked until the transaction ends.

    Raises:
        StaffAccountNotFound
    """
    account = await db.get(StaffAccount, account_id, with_for_update=True)
    if account is None:
        raise StaffAccountNotFound
    return account


async def set_role(
    db: AsyncSession, *, account: StaffAccount, role: StaffRole, actor: str, now: datetime
) -> None:
    """Give an account another role; its sessions end, since they were begun under the old one.

    Raises:
        LastAdmin
    """
    if role is not StaffRole.ADMIN:
        await _require_another_admin(db, account)
    account.role = role
    await sessions.revoke_all(db, account_id=account.id)
    await _record(db, account, "staff.role_changed", actor=actor, now=now, role=role.value)


async def set_disabled(
    db: AsyncSession, *, account: StaffAccount, disabled: bool, actor: str, now: datetime
) -> None:
    """Close an account at once, or open it again.

    Raises:
        LastAdmin
    """
    if disabled:
        await _require_another_admin(db, account)
    account.disabled = disabled
    await sessions.revoke_all(db, account_id=account.id)
    act = "staff.disabled" if disabled else "staff.enabled"
    await _record(db, account, act, actor=actor, now=now)


async def reset(
    db: AsyncSession, *, account: StaffAccount, password_hash: str, actor: str, now: datetime
) -> None:
    """Give an account another password, and no second factor, for whoever lost theirs."""
    account.password_hash = password_hash
    await second_factor.remove(db, account=account)
    await sessions.revoke_all(db, account_id=account.id)
    await _record(db, account, "staff.reset", actor=actor, now=now)


async def change_password(
    db: AsyncSession,
    *,
    account: StaffAccount,
    session_id: UUID,
    former_hash: str,
    password_hash: str,
    now: datetime,
) -> None:
    """Give an account the password its owner chose; their other sessions end.

    Raises:
        StaffLoginRefused: the password was changed meanwhile.
    """
    if account.password_hash != former_hash:
        raise StaffLoginRefused
    account.password_hash = password_hash
    await sessions.revoke_all(db, account_id=account.id, but=session_id)
    await _record(db, account, "staff.password_changed", actor=account.login, now=now)


def words_about(account: StaffAccount) -> list[str]:
    """Give what a guesser would try first."""
    return [*account.login.replace("@", ".").split("."), account.name, "asi", "aluminium"]


async def _require_another_admin(db: AsyncSession, account: StaffAccount) -> None:
    if account.role is not StaffRole.ADMIN or account.disabled:
        return
    others = select(func.count()).where(
        StaffAccount.role == StaffRole.ADMIN,
        StaffAccount.disabled.is_(False),
        StaffAccount.id != account.id,
    )
    if not await db.scalar(others):
        raise LastAdmin


async def _record(
    db: AsyncSession, account: StaffAccount, act: str, *, actor: str, now: datetime, **details: str
) -> None:
    await audit.record(
        db, actor=actor, act=act, subject=f"staff/{account.login}", details=details, now=now
    )
