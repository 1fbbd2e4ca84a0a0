"""Working hours: when a person answers, with China's holidays and the days worked for them.

The chat and the contact cards have them from one place: `[hours]` of the current round's replies.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Self
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import ReplySettings
from models.vocabulary import Language
from services import texts

FARTHEST_DAYS = 60
"""How far ahead a change is looked for: no holiday of China's is longer than a few weeks."""


@dataclass(frozen=True)
class Hours:
    """The hours of one round."""

    zone: ZoneInfo
    weekdays: frozenset[int]
    """1 is Monday."""

    begins: time
    ends: time
    holidays: frozenset[date] = frozenset()
    make_up_days: frozenset[date] = frozenset()

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Self:
        """Make them from what the content pack says."""
        return cls(
            zone=ZoneInfo(kept["time_zone"]),
            weekdays=frozenset(kept["weekdays"]),
            begins=time.fromisoformat(kept["begins"]),
            ends=time.fromisoformat(kept["ends"]),
            holidays=frozenset(map(date.fromisoformat, kept["holidays"])),
            make_up_days=frozenset(map(date.fromisoformat, kept["make_up_days"])),
        )

    def open_at(self, now: datetime) -> bool:
        """Tell whether a person answers at an instant."""
        local = now.astimezone(self.zone)
        return self._worked(local.date()) and self.begins <= local.time() < self.ends

    def changes_at(self, now: datetime) -> datetime | None:
        """Give the next instant at which people come or go, in the hours' zone; None for never."""
        return next((instant for instant in self._turns(now) if instant > now), None)

    def _worked(self, day: date) -> bool:
        usual = day.isoweekday() in self.weekdays and day not in self.holidays
        return usual or day in self.make_up_days

    def _turns(self, now: datetime) -> Iterator[datetime]:
        today = now.astimezone(self.zone).date()
        for ahead in range(FARTHEST_DAYS):
            day = today + timedelta(days=ahead)
            if self._worked(day):
                yield datetime.combine(day, self.begins, self.zone)
                yield datetime.combine(day, self.ends, self.zone)


@dataclass(frozen=True)
class Standing:
    """Hours at an instant, as they are told to people."""

    text: str
    is_open: bool
    changes_at: datetime | None
    """On the clock of the hours' zone."""


def standing(hours: Hours, now: datetime, language: Language) -> Standing:
    """Tell everything about hours that depends on the time."""
    return Standing(described(hours, language), hours.open_at(now), hours.changes_at(now))


async def of_round(db: AsyncSession, *, consultation_id: UUID) -> Hours | None:
    """Give the hours of a round, None while nobody has told them."""
    kept = await db.scalar(
        select(ReplySettings.hours).where(
            ReplySettings.consultation_id == consultation_id, ReplySettings.retired.is_(False)
        )
    )
    return Hours.from_json(kept) if kept else None


async def instants(db: AsyncSession, *, now: datetime) -> list[datetime]:
    """Give the next instant of each round's hours."""
    known = await db.scalars(select(ReplySettings.hours).where(ReplySettings.retired.is_(False)))
    turns = [Hours.from_json(kept).changes_at(now) for kept in known if kept]
    return [turn for turn in turns if turn is not None]


def described(hours: Hours, language: Language) -> str:
    """Say which days and times they are: 星期一至星期五 9:00–18:00（北京时间）…."""
    zone = f"zones.{hours.zone}"
    words = texts.say(
        "hours.usual",
        language,
        days=_days(sorted(hours.weekdays), language),
        begins=_clock(hours.begins),
        ends=_clock(hours.ends),
        place=texts.say(zone, language) if texts.known(zone) else str(hours.zone),
    )
    return words + (texts.say("hours.holidays", language) if hours.holidays else "")


def _days(weekdays: list[int], language: Language) -> str:
    names = [texts.say(f"dates.weekdays.{day}", language) for day in weekdays]
    if len(names) > 2 and weekdays[-1] - weekdays[0] == len(names) - 1:  # noqa: PLR2004 - a range
        return texts.say("hours.range", language, first=names[0], last=names[-1])
    return texts.say("pages.list_separator", language).join(names)


def _clock(at: time) -> str:
    return f"{at.hour}:{at:%M}"
