"""People of ours at the desk, as their browsers act for them."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import httpx2
import pyotp

from api.app import Application
from models import StaffAccount
from models.vocabulary import StaffRole
from services import audit
from services.staff_accounts import accounts, passwords, second_factor
from tests.conftest import PUBLIC_URL

PASSWORD = "vier Fahrraeder auf dem Mond"
_FIELD = re.compile(r'name="(form_token|form_key)" value="([^"]+)"')


class Browser:
    """One browser, which keeps its cookies and fills in our forms."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self.client = client

    async def send(self, page: str, to: str = "", **values: str) -> httpx2.Response:
        """Open a page and send its form, or another one with the same token."""
        shown = await self.client.get(page)
        hidden = dict(_FIELD.findall(shown.text))
        return await self.client.post(to or page, data={**hidden, **values})

    async def log_in(self, login: str, password: str = PASSWORD) -> httpx2.Response:
        """Send login and password."""
        return await self.send("/staff/login", login=login, password=password)


_made: list[str] = []


async def _kept() -> str:
    """Give what is kept of the password: the same for all, as it takes long on purpose."""
    if not _made:
        _made.append(await passwords.hashed(PASSWORD))
    return _made[0]


@asynccontextmanager
async def browsing(application: Application) -> AsyncIterator[Browser]:
    """Open a browser."""
    transport = httpx2.ASGITransport(application.asgi)
    async with httpx2.AsyncClient(transport=transport, base_url=PUBLIC_URL) as client:
        yield Browser(client)


async def hire(
    application: Application, login: str, role: StaffRole = StaffRole.AGENT
) -> StaffAccount:
    """Make an account."""
    parts = application.parts
    kept = await _kept()
    async with parts.database.transaction() as db:
        return await accounts.add(
            db,
            login=login,
            name=login.title(),
            role=role,
            password_hash=kept,
            actor=audit.COMMAND_LINE,
            now=parts.machine_clock(),
        )


def app_code(secret: str, at: datetime, *, steps: int = 0) -> str:
    """Give what an authenticator app shows."""
    return pyotp.TOTP(secret).at(at + timedelta(seconds=second_factor.STEP_SECONDS * steps))
