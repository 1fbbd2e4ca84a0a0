"""Working hours: when a person answers, with China's holidays and the days worked for them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Self
from zoneinfo import ZoneInfo


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
        day = local.date()
        worked = local.isoweekday() in self.weekdays and day not in self.holidays
        if not (worked or day in self.make_up_days):
            return False
        return self.begins <= local.time() < self.ends
