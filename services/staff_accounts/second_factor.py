"""The second factor: codes of an authenticator app, and recovery codes for when it is lost."""

import base64
import secrets
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import pyotp
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import StaffAccount, StaffRecoveryCode
from services.runtime.blind_index import BlindIndex
from services.runtime.sealing import Sealer
from services.runtime.signing import Signer
from services.staff_accounts.refusals import SecondFactorRefused

ISSUER = "ASI"
SECRET_BYTES = 20
"""As RFC 4226 recommends, and as all apps take."""

STEP_SECONDS = 30
TOLERATED_STEPS = 1
"""Before and after the present one: phones' clocks differ."""

RECOVERY_CODES = 10
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
_GROUPS, _GROUP = 2, 5

_INDEXED = "staff_recovery_codes.code_index"


@dataclass(frozen=True)
class Keys:
    """What second factors are kept under."""

    sealer: Sealer = field(repr=False)
    index: BlindIndex = field(repr=False)


def offered(token: str, *, signer: Signer) -> str:
    """Give the secret that is offered to a session: always the same, and kept nowhere until set."""
    signature = signer.sign(token, about="staff.totp_secret")
    return base64.b32encode(base64.urlsafe_b64decode(f"{signature}=")[:SECRET_BYTES]).decode()


def address(secret: str, *, login: str) -> str:
    """Give the otpauth address that an authenticator app scans."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=ISSUER)


async def set_up(
    db: AsyncSession,
    *,
    account: StaffAccount,
    secret: str,
    code: str,
    keys: Keys,
    now: datetime,
) -> Sequence[str]:
    """Make a secret the account's second factor and give its recovery codes, to be shown once.

    Raises:
        SecondFactorRefused: the code is not one of that secret.
    """
    step = _step(secret, _typed(code), now)
    if step is None:
        raise SecondFactorRefused
    account.sealed_totp_secret = keys.sealer.seal(secret.encode(), about=_place(account))
    account.totp_step = step
    await db.execute(delete(StaffRecoveryCode).where(StaffRecoveryCode.account_id == account.id))
    codes = [_recovery_code() for _ in range(RECOVERY_CODES)]
    db.add_all(
        StaffRecoveryCode(account_id=account.id, code_index=_index(keys, account, code))
        for code in codes
    )
    return codes


async def remove(db: AsyncSession, *, account: StaffAccount) -> None:
    """Take the second factor away, for it to be set up anew."""
    account.sealed_totp_secret = None
    await db.execute(delete(StaffRecoveryCode).where(StaffRecoveryCode.account_id == account.id))


async def require(
    db: AsyncSession, *, account: StaffAccount, code: str, keys: Keys, now: datetime
) -> None:
    """Take a code of the app or a recovery code; neither works a second time.

    The account's row must be locked, or one code could count twice.

    Raises:
        SecondFactorRefused
    """
    code = _typed(code)
    if account.sealed_totp_secret is None:
        raise SecondFactorRefused
    secret = keys.sealer.open(account.sealed_totp_secret, about=_place(account)).decode()
    step = _step(secret, code, now)
    if step is not None and step > account.totp_step:
        account.totp_step = step
        return
    await _spend(db, account=account, code=code, keys=keys, now=now)


async def _spend(
    db: AsyncSession, *, account: StaffAccount, code: str, keys: Keys, now: datetime
) -> None:
    indexes = [
        _index(keys, account, code),
        *keys.index.former(_text(account, code), about=_INDEXED),
    ]
    found = await db.scalar(
        select(StaffRecoveryCode).where(
            StaffRecoveryCode.account_id == account.id,
            StaffRecoveryCode.code_index.in_(indexes),
            StaffRecoveryCode.used_at.is_(None),
        )
    )
    if found is None:
        raise SecondFactorRefused
    found.used_at = now


def _step(secret: str, code: str, now: datetime) -> int | None:
    """Give the step of time that a code is of, None where it is of none."""
    totp, present = pyotp.TOTP(secret), int(now.timestamp()) // STEP_SECONDS
    steps = range(present - TOLERATED_STEPS, present + TOLERATED_STEPS + 1)
    typed = code.encode()
    right = [
        step for step in steps if secrets.compare_digest(totp.generate_otp(step).encode(), typed)
    ]
    return right[0] if right else None


def _typed(code: str) -> str:
    """Give a code as it is kept: apps show blanks in it, Chinese keyboards may type it wide."""
    return "".join(unicodedata.normalize("NFKC", code).split()).lower()


def _recovery_code() -> str:
    groups = ("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP)) for _ in range(_GROUPS))
    return "-".join(groups)


def _index(keys: Keys, account: StaffAccount, code: str) -> bytes:
    return keys.index.of(_text(account, code), about=_INDEXED)


def _text(account: StaffAccount, code: str) -> str:
    return f"{account.id}:{code.replace('-', '')}"


def _place(account: StaffAccount) -> str:
    return f"staff_accounts.sealed_totp_secret:{account.id}"
