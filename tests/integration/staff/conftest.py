"""Who is at the desk, and who writes to it."""

from collections.abc import AsyncIterator

import pytest

from api.app import Application
from models.vocabulary import StaffRole
from tests.integration.staff.commenters import Commenters
from tests.integration.staff.workers import Browser, browsing, hire


@pytest.fixture
def people(application: Application) -> Commenters:
    return Commenters(application)


@pytest.fixture
async def editor(application: Application) -> AsyncIterator[Browser]:
    """An editor at work."""
    await hire(application, "edith", StaffRole.EDITOR)
    async with browsing(application) as browser:
        await browser.log_in("edith")
        yield browser
