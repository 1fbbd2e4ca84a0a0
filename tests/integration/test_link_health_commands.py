"""What staff are told of the addresses outside, and what they can do."""

from pathlib import Path

import anyio
import pytest
from sqlalchemy import select, update

from models import Consultation, LinkCheck, ShortLink
from models.vocabulary import LinkOutcome
from services.runtime.database import Database
from tests.conftest import INSIDE_THE_ROUND
from tests.support.commands import Shell

pytestmark = pytest.mark.any_database


def _changed_and_moved(address: str) -> LinkCheck:
    return LinkCheck(
        address=address,
        outcome=LinkOutcome.GOOD,
        checked_at=INSIDE_THE_ROUND,
        failures=0,
        moved_to="https://localhost/new",
        sha256="a" * 64,
        known_sha256="b" * 64,
    )


@pytest.fixture
def asi(
    capsys: pytest.CaptureFixture[str],
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Shell:
    """Commands for an installation whose survey leads, by an allowed name, to this machine."""
    monkeypatch.setenv("ASI_DATABASE_URL", database_url)
    monkeypatch.setenv("ASI_DATA_DIR", str(tmp_path / "data"))

    async def mislead() -> None:
        database = Database(database_url)
        async with database.transaction() as db:
            await db.execute(update(Consultation).values(allowed_hosts=["localhost"]))
            survey = update(ShortLink).where(ShortLink.slug == "survey")
            await db.execute(survey.values(target="https://localhost/survey"))
            hub = (await db.scalars(select(Consultation.hub_url))).one()
            db.add(_changed_and_moved(hub))
        await database.close()

    anyio.run(mislead)
    return Shell(capsys)


def test_staff_look_and_are_told(asi: Shell) -> None:
    before = asi("links", "health", "--all")
    first = asi("links", "check", "links/survey")
    second = asi("links", "check", "https://localhost/survey", "--json")
    after = asi("links", "health", "--lang", "en")
    doctor = asi("doctor", "--lang", "zh")

    assert "尚未检查" in before.out
    assert "稍后再查：网站名指向内部网络的地址" in first.out
    [row] = second.json
    assert (row["uses"], row["outcome"]) == (["links/survey"], "private_address")
    assert (row["failures"], row["failing"], row["sha256"]) == (2, True, None)
    assert "its name stands for a machine in a private network" in after.out
    assert "✗ links/survey: https://localhost/survey" in doctor.out
    assert doctor.code == 1


def test_staff_approve_a_change(asi: Shell) -> None:
    before = asi("links", "health")
    accepted = asi("links", "accept", "rounds/2026-first")
    after = asi("links", "health", "--json")

    assert "文件已变化" in before.out
    assert "已永久移到 https://localhost/new" in before.out
    assert accepted.code == 0
    [hub] = [row for row in after.json if "rounds/2026-first" in row["uses"]]
    assert (hub["changed"], hub["moved_to"]) == (False, "https://localhost/new")


def test_what_nobody_is_led_to_is_not_looked_at(asi: Shell) -> None:
    refused = asi("links", "check", "https://elsewhere.example/")
    unseen = asi("links", "accept", "links/survey")

    assert (refused.code, unseen.code) == (1, 1)
    assert "https://elsewhere.example/" in refused.err
    assert "asi links health" in unseen.err
