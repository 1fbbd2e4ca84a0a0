"""`asi webinars`: how many seats there are, and who takes them."""

from pathlib import Path

import pytest

from tests.support.commands import Shell


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
        "confirmed": 0,
        "waiting": 0,
        "cancelled": 0,
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
