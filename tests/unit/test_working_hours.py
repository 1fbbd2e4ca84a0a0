"""Working hours: holidays, the days worked for them, and when somebody is there next."""

import tomllib
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from models.vocabulary import Language
from services import working_hours
from services.content.pack_replies import RepliesFile
from services.working_hours import Hours
from tests.conftest import PACK

HOURS = Hours(
    zone=ZoneInfo("Asia/Shanghai"),
    weekdays=frozenset({1, 2, 3, 4, 5}),
    begins=time(9),
    ends=time(17, 30),
    holidays=frozenset(date(2026, 2, day) for day in range(15, 24)),
    make_up_days=frozenset({date(2026, 2, 14), date(2026, 2, 28)}),
)
"""With the Spring Festival of 2026, for which two Saturdays are worked."""


@pytest.mark.parametrize(
    ("now", "is_open", "changes_at"),
    [
        ("2026-02-13T08:59:59+08:00", False, "2026-02-13T09:00+08:00"),
        ("2026-02-13T09:00+08:00", True, "2026-02-13T17:30+08:00"),
        ("2026-02-13T17:30+08:00", False, "2026-02-14T09:00+08:00"),
        ("2026-02-14T12:00+08:00", True, "2026-02-14T17:30+08:00"),
        ("2026-02-14T18:00+08:00", False, "2026-02-24T09:00+08:00"),
        ("2026-02-18T04:00+00:00", False, "2026-02-24T09:00+08:00"),
        ("2026-02-28T12:00+08:00", True, "2026-02-28T17:30+08:00"),
        ("2026-03-07T12:00+08:00", False, "2026-03-09T09:00+08:00"),
    ],
)
def test_holidays_and_make_up_days_count(now: str, changes_at: str, *, is_open: bool) -> None:
    standing = working_hours.standing(HOURS, datetime.fromisoformat(now), Language.ZH)

    assert standing.is_open is is_open
    assert standing.changes_at == datetime.fromisoformat(changes_at)


def test_hours_are_told_as_people_say_them() -> None:
    few = Hours(HOURS.zone, frozenset({2, 4}), time(14), time(16))

    assert working_hours.described(HOURS, Language.ZH) == (
        "星期一至星期五 9:00–17:30（北京时间），法定节假日除外，调休上班日照常"
    )
    assert (
        working_hours.described(few, Language.EN) == "Tuesday, Thursday, 14:00–16:00 (Beijing time)"
    )


def test_hours_that_never_come_do_not_change() -> None:
    every_day = frozenset(range(1, 8))
    none = Hours(HOURS.zone, frozenset(), time(9), time(17))

    assert none.changes_at(datetime(2026, 3, 2, tzinfo=HOURS.zone)) is None
    assert Hours(HOURS.zone, every_day, time(0), time(23, 59)).open_at(
        datetime(2026, 3, 1, 23, 58, tzinfo=HOURS.zone)
    )


def test_the_packs_example_knows_the_days_of_2026() -> None:
    lines = (PACK / "replies.toml").read_text(encoding="utf-8").splitlines()
    start = lines.index("# [hours]")
    end = lines.index("", start)
    woken = tomllib.loads("\n".join(line.removeprefix("# ") for line in lines[start:end]))
    told = RepliesFile.model_validate(woken).hours

    assert told is not None
    hours = Hours.from_json(told.model_dump(mode="json"))
    noons = {day: datetime.combine(day, time(12), hours.zone) for day in hours.make_up_days}
    assert [day.isoweekday() for day in sorted(noons)] == [6, 6, 6, 7, 6]
    assert all(hours.open_at(noon) for noon in noons.values())
    assert not hours.open_at(datetime(2026, 4, 6, 12, tzinfo=hours.zone))
