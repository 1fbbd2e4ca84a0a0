"""The demo's desk: one account of ours, so that the newcomer can answer what the phone sends."""

import asyncio
import hashlib
import hmac

from api.cli.output import opened
from models.vocabulary import StaffRole
from services import audit
from services.runtime.clock import utc_now
from services.runtime.settings import Settings
from services.staff_accounts import StaffAccountNotFound, accounts, passwords

LOGIN = "demo"
NAME = "演示 Demo"
ROLE = StaffRole.EDITOR
"""All but the staff's own accounts, for which a second factor would be needed."""

PASSWORD_LENGTH = 16


def put_staff(chosen: Settings) -> str:
    """Make the account if it is not there, and give its password: the same at every start."""
    password = _password(chosen)
    asyncio.run(_put(chosen, password))
    return password


def _password(chosen: Settings) -> str:
    secret = chosen.secret_key.get_secret_value().encode()
    return hmac.new(secret, b"demo desk password", hashlib.sha256).hexdigest()[:PASSWORD_LENGTH]


async def _put(chosen: Settings, password: str) -> None:
    kept = await passwords.hashed(password)
    async with opened(chosen) as database, database.transaction() as db:
        try:
            await accounts.by_login(db, login=LOGIN)
        except StaffAccountNotFound:
            await accounts.add(
                db,
                login=LOGIN,
                name=NAME,
                role=ROLE,
                password_hash=kept,
                actor=audit.COMMAND_LINE,
                now=utc_now(),
            )
