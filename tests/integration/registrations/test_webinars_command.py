"""`asi webinars`: how many seats there are, and who takes them."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from anyio import to_thread
from sqlalchemy import select

from models import Webinar
from models.vocabulary import Language
from services import texts
from services.runtime.database import Database
from tests.support.commands import Shell

pytestmark = pytest.mark.any_database

MEETING = "https://meeting.example.cn/j/canary-998877"


@pytest.fixture
def asi(
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Shell:
    monkeypatch.setenv("ASI_DATABASE_URL", database_url)
    monkeypatch.setenv("ASI_DATA_DIR", str(tmp_path / "data"))
    return Shell(capsys)


def test_seats_are_set_and_shown(asi: Shell) -> None:
    said = asi("webinars", "set", "china", "--seats", "50")
    rows = {row["slug"]: row for row in asi("webinars", "list", "--json").json}

    assert (said.code, said.out) == (0, "china: 50\n")
    assert rows["china"] == {
        "slug": "china",
        "starts_at": "2026-03-09T08:00:00+00:00",
        "seats": 50,
        # By the clock of the machine, which is long past it.
        "registration": "closed",
        "join_link": False,
        "join_from": None,
        "confirmed": 0,
        "waiting": 0,
        "cancelled": 0,
        "pending": 0,
        "declined": 0,
    }
    assert rows["europe-asia"]["seats"] is None
    assert "china" in asi("webinars", "list").out


@pytest.mark.parametrize("seats", ["0", "-1", "many"])
def test_seats_are_a_number(asi: Shell, seats: str) -> None:
    assert asi("webinars", "set", "china", "--seats", seats).code == 2


def test_only_a_webinar_has_seats(asi: Shell) -> None:
    said = asi("webinars", "set", "mars", "--seats", "5")

    assert said.code == 1
    assert "没有这场研讨会" in said.err


async def test_what_staff_set_is_kept_and_the_meeting_is_sealed(
    asi: Shell, database: Database
) -> None:
    said = await to_thread.run_sync(
        lambda: asi(
            *("webinars", "set", "china"),
            *("--opens-at", "2026-03-01T00:00+08:00", "--closes-at", "2026-03-09T12:00+08:00"),
            *("--join-url", MEETING, "--join-from", "2026-03-09T15:30+08:00"),
            *("--replay-url", "https://video.example.cn/china"),
        )
    )
    listed = await to_thread.run_sync(lambda: asi("webinars", "list", "--json"))

    async with database.snapshot() as db:
        webinar = (await db.scalars(select(Webinar).where(Webinar.slug == "china"))).one()
    (row,) = [row for row in listed.json if row["slug"] == "china"]
    assert said.code == 0
    assert MEETING not in said.out + listed.out
    assert webinar.sealed_join_url is not None
    assert MEETING.encode() not in webinar.sealed_join_url
    assert (row["join_link"], row["join_from"]) == (True, "2026-03-09T07:30:00+00:00")
    assert webinar.registration_closes_at == datetime(2026, 3, 9, 4, tzinfo=UTC)
    assert webinar.replay_url == "https://video.example.cn/china"


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        (["--join-url", "http://meeting.example.cn/j/1"], "webinar_address_unfit"),
        (["--replay-url", "https://视频.cn/"], "webinar_address_unfit"),
        (["--opens-at", "2026-03-09T16:00+08:00"], "webinar_times_unfit"),
    ],
)
def test_what_cannot_be_is_not_set(asi: Shell, given: list[str], refusal: str) -> None:
    said = asi("webinars", "set", "china", *given)

    assert said.code == 1
    assert texts.say(f"refusals.{refusal}", Language.ZH) in said.err


@pytest.mark.parametrize(
    "given", [["--join-from", "2026-03-09T15:30"], ["--closes-at", "tomorrow"]]
)
def test_an_instant_has_a_zone(asi: Shell, given: list[str]) -> None:
    assert asi("webinars", "set", "china", *given).code == 2
