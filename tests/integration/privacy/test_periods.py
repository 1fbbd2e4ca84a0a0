"""Periods: without one nothing goes, and with one nothing goes early."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from api import cli
from models import (
    Publisher,
)
from services.privacy import retention
from services.runtime.database import Database
from tests.integration.privacy.people import Person
from tests.support.clocks import SetClock

LONG = timedelta(days=400)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """The same on either database: one is enough."""
    return sqlite_url


async def test_without_a_period_nothing_goes(
    person: Person, database: Database, clock: SetClock
) -> None:
    await person.register()
    await person.comment()
    clock.now += LONG * 10

    async with database.transaction() as db:
        assert await retention.undecided(db, now=clock.now) == list(retention.FIELDS)
        assert set((await retention.take(db, now=clock.now)).values()) == {0}


@pytest.mark.parametrize("early", [timedelta(microseconds=1), timedelta(0)])
async def test_the_period_is_kept_to_the_moment(
    person: Person, database: Database, clock: SetClock, early: timedelta
) -> None:
    await person.comment()
    await _decide(database, {"feedback_text": 10})
    clock.set("2026-04-20T23:59:59+08:00")
    clock.now += timedelta(days=10) - early

    async with database.transaction() as db:
        taken = await retention.take(db, now=clock.now)

    assert taken["feedback_text"] == (0 if early else 1)


def test_the_command_counts_and_says_what_is_undecided(
    database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ASI_DATABASE_URL", database_url)

    cli.commands()(["retention", "run", "--dry-run", "--json"], standalone_mode=False)
    counted = json.loads(capsys.readouterr().out)
    cli.commands()(["retention", "run"], standalone_mode=False)

    assert counted["undecided"] == list(retention.FIELDS)
    assert counted["fields"] == dict.fromkeys(retention.FIELDS, 0)
    assert "尚未确定保存期限" in capsys.readouterr().out


async def _decide(database: Database, days: dict[str, int]) -> None:
    async with database.transaction() as db:
        (await db.scalars(select(Publisher))).one().retention_days = days
