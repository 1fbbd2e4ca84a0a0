"""The audit log is only ever added to, and whoever changes it all the same is found out."""

import asyncio
from datetime import UTC, datetime

import pytest
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from models import AuditEntry
from services import audit
from services.runtime.database import Database
from tests.support.commands import Shell

AT = datetime(2026, 3, 2, 1, tzinfo=UTC)


async def _deed(database: Database, number: int) -> None:
    async with database.transaction() as db:
        await audit.record(
            db,
            actor="anna",
            act="tests.done",
            subject=f"tests/{number}",
            details={"n": number},
            now=AT,
        )


async def _unguarded(db: AsyncSession) -> None:
    """Take away what the database itself does against changes, as its owner can."""
    if db.get_bind().dialect.name == "postgresql":
        await db.execute(text("ALTER TABLE audit_entries DISABLE TRIGGER ALL"))
        return
    for deed in ("update", "delete"):
        await db.execute(text(f"DROP TRIGGER audit_entries_stay_{deed}"))


async def test_deeds_at_the_same_time_make_one_chain(database: Database) -> None:
    await asyncio.gather(*(_deed(database, number) for number in range(10)))

    async with database.snapshot() as db:
        assert await audit.first_fault(db) is None
        positions = [entry.position for entry in await audit.entries(db, most=3, before=10)]
    assert positions == [9, 8, 7]


@pytest.mark.parametrize(
    "change",
    [update(AuditEntry).values(actor="bo"), delete(AuditEntry)],
    ids=["update", "delete"],
)
async def test_the_database_refuses_changes(database: Database, change: object) -> None:
    await _deed(database, 1)

    with pytest.raises(DBAPIError, match="only added to"):
        async with database.transaction() as db:
            await db.execute(change)  # type: ignore[call-overload]

    async with database.snapshot() as db:
        assert await db.scalar(select(func.count()).select_from(AuditEntry)) == 1


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (update(AuditEntry).where(AuditEntry.position == 2).values(actor="bo"), 2),
        (update(AuditEntry).where(AuditEntry.position == 2).values(details={"n": 3}), 2),
        (delete(AuditEntry).where(AuditEntry.position == 1), 1),
        (delete(AuditEntry).where(AuditEntry.position == 3), 3),
        (delete(AuditEntry), 1),
    ],
    ids=["actor", "details", "first", "last", "all"],
)
async def test_a_change_behind_its_back_shows(
    database: Database, change: object, fault: int
) -> None:
    for number in range(3):
        await _deed(database, number)
    async with database.transaction() as db:
        await _unguarded(db)
        await db.execute(change)  # type: ignore[call-overload]

    async with database.snapshot() as db:
        assert await audit.first_fault(db) == fault


@pytest.mark.any_database
def test_the_command_says_where_it_is_broken(
    database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def break_it() -> None:
        database = Database(database_url)
        await _deed(database, 1)
        async with database.transaction() as db:
            await _unguarded(db)
            await db.execute(delete(AuditEntry))
        await database.close()

    asyncio.run(break_it())
    monkeypatch.setenv("ASI_DATABASE_URL", database_url)

    said = Shell(capsys)("audit", "verify")

    # audit_broken
    assert (said.code, "第 1 条" in said.err) == (1, True)
