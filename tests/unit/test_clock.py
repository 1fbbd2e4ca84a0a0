"""The development clock: it runs, it can be moved, and several processes agree on it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from services.runtime.clock import OffsetClock, utc_now
from tests.support.clocks import SetClock

START = datetime(2026, 3, 2, 1, tzinfo=UTC)


def _machine() -> SetClock:
    return SetClock(datetime(2026, 11, 23, 12, tzinfo=UTC))


def test_it_starts_where_it_is_told_and_runs_on(tmp_path: Path) -> None:
    machine = _machine()
    clock = OffsetClock(tmp_path / "clock.json", start=START, clock=machine)

    machine.now += timedelta(minutes=5)

    assert clock() == START + timedelta(minutes=5)


def test_it_goes_on_after_a_restart(tmp_path: Path) -> None:
    machine = _machine()
    OffsetClock(tmp_path / "clock.json", start=START, clock=machine)

    machine.now += timedelta(hours=1)
    again = OffsetClock(tmp_path / "clock.json", start=START, clock=machine)

    assert again() == START + timedelta(hours=1)


def test_another_start_begins_anew(tmp_path: Path) -> None:
    OffsetClock(tmp_path / "clock.json", start=START, clock=_machine())
    later = START + timedelta(days=7)

    assert OffsetClock(tmp_path / "clock.json", start=later, clock=_machine())() == later


def test_a_move_reaches_the_other_processes(tmp_path: Path) -> None:
    ours = OffsetClock(tmp_path / "clock.json", start=START, clock=_machine())
    theirs = OffsetClock(tmp_path / "clock.json", start=None, clock=_machine())

    theirs.move(START + timedelta(days=50))
    ours.refresh()

    assert ours() == START + timedelta(days=50)


def test_a_broken_or_missing_file_means_the_machines_time(tmp_path: Path) -> None:
    file = tmp_path / "clock.json"
    machine = _machine()
    file.write_text("not json")
    clock = OffsetClock(file, start=None, clock=machine)
    file.unlink()
    clock.refresh()

    assert clock() == machine.now


def test_the_machines_time_is_aware() -> None:
    assert utc_now().utcoffset() == timedelta(0)
