"""Webinars: states, clocks and calendar entries."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import icalendar
import pytest

from models import Bilingual, Webinar
from models.vocabulary import Language, WebinarState
from services import webinars

START = datetime(2026, 3, 9, 8, tzinfo=UTC)


def _webinar(minutes: int | None = None, *, starts_at: datetime = START) -> Webinar:
    made = Webinar(
        consultation_id=uuid4(),
        slug="china",
        title=Bilingual("中文专场；第一场，答疑", "Chinese session; questions, answers"),
        audience=Bilingual("中国", "China"),
        description=Bilingual("如何阅读文件、" * 20),
        language=Language.ZH,
        starts_at=starts_at,
        time_zones=["Europe/London", "Asia/Shanghai", "America/New_York"],
        position=0,
        minutes=minutes,
    )
    made.sequence = 3
    return made


def _event(webinar: Webinar) -> Any:
    content = webinars.calendar(
        webinar, url="https://asi.example.cn/webinars/china", language=Language.ZH, now=START
    )
    assert max(len(line) for line in content.split(b"\r\n")) <= 75
    return icalendar.Calendar.from_ical(content).walk("VEVENT")[0]


@pytest.mark.parametrize(
    ("after", "state"),
    [(-1, WebinarState.UPCOMING), (0, WebinarState.UNDER_WAY), (3600, WebinarState.ENDED)],
)
def test_a_webinar_changes_state_to_the_second(after: int, state: WebinarState) -> None:
    assert webinars.state(_webinar(60), START + timedelta(seconds=after)) is state


def test_a_webinar_of_unknown_length_ends_some_time() -> None:
    assert webinars.state(_webinar(), START + timedelta(minutes=119)) is WebinarState.UNDER_WAY
    assert webinars.state(_webinar(), START + timedelta(minutes=120)) is WebinarState.ENDED


def test_beijing_comes_first() -> None:
    assert [str(time) for time in webinars.local_times(_webinar())] == [
        "2026-03-09 16:00:00+08:00",
        "2026-03-09 08:00:00+00:00",
        "2026-03-09 04:00:00-04:00",
    ]


def test_a_calendar_entry_keeps_uid_and_counts_changes() -> None:
    event = _event(_webinar(90))

    assert event["UID"] == "china@webinars.asi-consultation"
    assert event["SEQUENCE"] == 3
    assert event["SUMMARY"] == "中文专场；第一场，答疑"
    assert event["DTEND"].dt - event["DTSTART"].dt == timedelta(minutes=90)


def test_no_length_is_invented_in_a_calendar_entry() -> None:
    event = _event(_webinar())

    assert "DTEND" not in event
    assert "DURATION" not in event


def test_a_calendar_entry_reminds_half_an_hour_before() -> None:
    alarm = _event(_webinar()).walk("VALARM")[0]

    assert alarm["TRIGGER"].dt == timedelta(minutes=-30)


def test_a_calendar_entry_is_the_same_all_day() -> None:
    entries = {
        webinars.calendar(
            _webinar(), url="https://a.cn", language=Language.EN, now=START + timedelta(hours=hours)
        )
        for hours in range(8)
    }

    assert len(entries) == 1
