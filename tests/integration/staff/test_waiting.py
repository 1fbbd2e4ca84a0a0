"""What is waited for at the desk, a slow line or a picture, keeps nobody from writing meanwhile."""

import asyncio
import threading
from collections.abc import AsyncIterator
from datetime import timedelta
from io import BytesIO
from typing import Any

import anyio
import pytest
from PIL import Image
from sqlalchemy import select, update

from models import StaffSession
from services.runtime.database import Database
from tests.integration.pages.readers import FORM, hidden
from tests.integration.staff.workers import Browser

LONG_SECONDS = 5
"""For what should take milliseconds: only who waits for another takes longer."""

CROWD = 20
"""More than PostgreSQL's pool has connections."""

PARTS = "multipart/form-data; boundary=end"
DOOR = "/staff/webinars/china/check-in"
PHOTO = "/staff/webinars/check-in-photo"


async def _falls_due(database: Database) -> None:
    """Let time have passed at the desk: the next use of a session is noted."""
    async with database.transaction() as db:
        for session in await db.scalars(select(StaffSession)):
            session.seen_at -= timedelta(minutes=2)


async def _somebody_writes(database: Database) -> None:
    """Write beside them, on PostgreSQL to the very row that notes their use."""
    with anyio.fail_after(LONG_SECONDS):
        async with database.transaction() as db:
            await db.execute(update(StaffSession).values(client="another"))


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        (PHOTO, PARTS),
        ("/staff/feedback/import", PARTS),
        ("/staff/content/packs/check", PARTS),
        (DOOR, FORM),
    ],
)
async def test_a_slow_line(editor: Browser, database: Database, path: str, kind: str) -> None:
    await _falls_due(database)
    all_wait, goes_on = asyncio.Semaphore(0), asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield b"--end"
        all_wait.release()
        await goes_on.wait()
        yield b"--\r\n"

    async def sent() -> int:
        headers = {"Content-Type": kind}
        return (await editor.client.post(path, content=slowly(), headers=headers)).status_code

    async with asyncio.TaskGroup() as tasks:
        crowd = [tasks.create_task(sent()) for _ in range(CROWD)]
        try:
            waiting = asyncio.gather(*(all_wait.acquire() for _ in crowd))
            await asyncio.wait_for(waiting, LONG_SECONDS)
            await _somebody_writes(database)
        finally:
            goes_on.set()

    # Of the empty form that came: the photo's names no webinar.
    assert {one.result() for one in crowd} <= {404, 422}


async def test_a_photo_that_takes_long_to_read(
    editor: Browser, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    fields = hidden(await editor.client.get(DOOR)) | {"webinar": "china"}
    photo = BytesIO()
    Image.new("L", (16, 16)).save(photo, "PNG")
    begun, goes_on, opened = asyncio.Event(), threading.Event(), Image.open
    loop = asyncio.get_running_loop()

    def slowly(*given: Any, **named: Any) -> Image.Image:
        loop.call_soon_threadsafe(begun.set)
        goes_on.wait(2 * LONG_SECONDS)
        return opened(*given, **named)

    monkeypatch.setattr(Image, "open", slowly)
    async with asyncio.TaskGroup() as tasks:
        sent = tasks.create_task(
            editor.client.post(PHOTO, data=fields, files={"photo": ("a.png", photo.getvalue())})
        )
        await begun.wait()
        try:
            await _somebody_writes(database)
        finally:
            goes_on.set()

    assert 'data-code="ticket_unreadable"' in sent.result().text
