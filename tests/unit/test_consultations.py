"""Rounds: which state at which instant."""

from datetime import datetime, timedelta

import pytest

from models import Bilingual, Consultation
from models.vocabulary import RoundState
from services import consultations


def _round(**given: datetime | int) -> Consultation:
    instants: dict[str, datetime | int] = {
        "opens_at": datetime.fromisoformat("2026-02-17T00:00:00+08:00"),
        "closes_at": datetime.fromisoformat("2026-04-20T23:59:59+08:00"),
        "closing_soon_hours": 72,
    }
    words = Bilingual("征询", "Consultation")
    return Consultation(
        slug="round",
        title=words,
        summary=words,
        time_zone="Asia/Shanghai",
        hub_url="https://example.org",
        allowed_hosts=["example.org"],
        **(instants | given),  # type: ignore[arg-type]
    )


EDGES = [
    ("2026-02-16T23:59:59.999999+08:00", RoundState.FORTHCOMING),
    ("2026-02-17T00:00:00+08:00", RoundState.OPEN),
    ("2026-04-17T23:59:58.999999+08:00", RoundState.OPEN),
    ("2026-04-17T23:59:59+08:00", RoundState.CLOSING_SOON),
    ("2026-04-20T23:59:58.999999+08:00", RoundState.CLOSING_SOON),
    ("2026-04-20T23:59:59+08:00", RoundState.CLOSED),
    ("2027-01-01T00:00:00+08:00", RoundState.CLOSED),
]


@pytest.mark.parametrize(("instant", "state"), EDGES)
def test_the_state_changes_at_the_very_instant(instant: str, state: RoundState) -> None:
    assert consultations.state(_round(), datetime.fromisoformat(instant)) is state


def test_staff_say_when_a_round_is_answered() -> None:
    responding = datetime.fromisoformat("2026-05-01T09:00:00+08:00")
    answered = _round(responding_at=responding, published_at=responding + timedelta(days=30))

    found = [
        consultations.state(answered, responding + timedelta(days=days)) for days in (-1, 0, 29, 30)
    ]

    assert found == [
        RoundState.CLOSED,
        RoundState.RESPONDING,
        RoundState.RESPONDING,
        RoundState.PUBLISHED,
    ]


def test_a_short_round_is_never_closing_soon_before_it_opens() -> None:
    opens = datetime.fromisoformat("2026-02-17T00:00:00+08:00")
    short = _round(opens_at=opens, closes_at=opens + timedelta(hours=5))

    assert consultations.state(short, opens - timedelta(seconds=1)) is RoundState.FORTHCOMING
    assert consultations.state(short, opens) is RoundState.CLOSING_SOON


@pytest.mark.parametrize(
    ("instant", "days"),
    [
        ("2026-03-02T09:00:00+08:00", 49),
        ("2026-04-19T23:59:59+08:00", 1),
        ("2026-04-20T00:00:00+08:00", 0),
        ("2026-04-19T16:00:00+00:00", 0),
        ("2026-05-01T00:00:00+08:00", 0),
    ],
)
def test_days_are_counted_by_beijings_midnights(instant: str, days: int) -> None:
    assert consultations.days_left(_round(), datetime.fromisoformat(instant)) == days


def test_a_round_that_closes_at_midnight_has_its_last_day_before_it() -> None:
    closing = _round(closes_at=datetime.fromisoformat("2026-04-21T00:00:00+08:00"))

    assert consultations.days_left(closing, datetime.fromisoformat("2026-04-20T12:00+08:00")) == 0


def test_the_next_midnight_is_the_zones_own() -> None:
    evening = datetime.fromisoformat("2026-03-02T23:30:00+08:00")

    midnight = consultations.next_midnight("Asia/Shanghai", evening)

    assert midnight.isoformat() == "2026-03-03T00:00:00+08:00"
