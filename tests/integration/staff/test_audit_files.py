"""The audit log as a file can be checked by whoever has it, and says itself that it was taken."""

import csv
import hashlib
import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from io import BytesIO, StringIO

import pytest
from python_calamine import CalamineWorkbook

from api.app import Application
from models.vocabulary import StaffRole
from services import audit
from services.runtime.clock import utc_now
from tests.integration.staff.workers import Browser, app_code, browsing, hire

pytestmark = pytest.mark.any_database

FIRST = datetime(2026, 2, 10, 1, tzinfo=UTC)


@pytest.fixture
async def admin(application: Application) -> AsyncIterator[Browser]:
    await hire(application, "admin", StaffRole.ADMIN)
    async with browsing(application) as browser:
        await browser.log_in("admin")
        page = (await browser.client.get("/staff/login/second-factor")).text
        secret = re.findall(r'class="code-text">([A-Z2-7 ]+)<', page)[0].replace(" ", "")
        await browser.send("/staff/login/second-factor", code=app_code(secret, utc_now()))
        yield browser


@pytest.fixture
async def _deeds(application: Application) -> None:
    """Deeds of five days; two of the third day, one of which was written down a day late."""
    for number, days in enumerate((0, 1, 2, 3, 2, 4)):
        async with application.parts.database.transaction() as db:
            await audit.record(
                db,
                actor="anna",
                act="tests.done",
                subject=f"tests/{number}",
                details={"n": number, "名": "值"},
                now=FIRST + timedelta(days=days),
            )


def _link(before: str, entry: dict[str, object]) -> str:
    """Do what docs/notes/figures.md tells those who check a file."""
    parts = [before, *(entry[name] for name in ("position", "at", "actor", "act", "subject"))]
    text = json.dumps([*parts, entry["details"]], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


async def _take(admin: Browser, kind: str, first: str, last: str) -> bytes:
    answer = await admin.send(
        "/staff/audit", "/staff/audit/export", first=first, last=last, kind=kind
    )
    assert answer.status_code == 200, answer.text
    return answer.content


@pytest.mark.usefixtures("_deeds")
async def test_a_part_of_the_log_can_be_checked_by_itself(admin: Browser) -> None:
    whole = json.loads(await _take(admin, "json", "2026-02-12", "2026-02-12"))
    table = await _take(admin, "csv", "2026-02-12", "2026-02-12")
    book = await _take(admin, "xlsx", "2026-02-12", "2026-02-12")

    entries = whole["entries"]
    # The one of the fourth day stands between the two: without it the chain would have a gap.
    assert [entry["subject"] for entry in entries] == ["tests/2", "tests/3", "tests/4"]
    before = whole["before"]
    for entry in entries:
        assert entry["sha256"] == _link(before, entry)
        before = entry["sha256"]
    assert whole["head"]["position"] > entries[-1]["position"]
    rows = list(csv.reader(StringIO(table.decode("utf-8-sig"))))
    assert [row[-2:] for row in rows[1:]] == [
        [entry["sha256"], link]
        for entry, link in zip(
            entries, [whole["before"], *(one["sha256"] for one in entries)], strict=False
        )
    ]
    sheet = CalamineWorkbook.from_filelike(BytesIO(book)).get_sheet_by_index(0)
    assert [row[8] for row in sheet.to_python()[1:4]] == [entry["sha256"] for entry in entries]


@pytest.mark.usefixtures("_deeds")
async def test_taking_the_log_is_written_down(application: Application, admin: Browser) -> None:
    none = json.loads(await _take(admin, "json", "2020-01-01", "2020-01-02"))
    turned = await admin.send(
        "/staff/audit", "/staff/audit/export", first="2026-02-12", last="2026-02-11", kind="csv"
    )
    # Before the one and after the other there is no instant in any other place.
    endless = await admin.send(
        "/staff/audit", "/staff/audit/export", first="0001-01-01", last="9999-12-31", kind="csv"
    )

    assert endless.status_code == 422
    assert (none["entries"], none["before"]) == ([], audit.FIRST_LINK)
    assert (turned.status_code, 'data-code="audit_days_reversed"' in turned.text) == (422, True)
    async with application.parts.database.snapshot() as db:
        (newest, *_) = await audit.entries(db, most=1)
        assert (newest.act, newest.subject) == ("audit.exported", "audit/2020-01-01/2020-01-02")
        assert await audit.first_fault(db) is None
