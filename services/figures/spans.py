"""Spans: the Beijing days that figures are asked for."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Self

from models import Consultation
from services.visits import BEIJING, Days, beijing_day


class Choice(StrEnum):
    """Which days."""

    WEEK = "7"
    MONTH = "30"
    ROUND = "round"
    """From when the round was announced, or opened, until today."""


@dataclass(frozen=True)
class Span:
    """Some Beijing days, the first and the last among them."""

    choice: Choice
    first: date
    last: date

    @classmethod
    def of(cls, choice: Choice, *, consultation: Consultation, now: datetime) -> Self:
        """Give the days that are asked for; the last one is today, which is not over."""
        today = beijing_day(now)
        if choice is Choice.ROUND:
            begun = beijing_day(consultation.announced_at or consultation.opens_at)
            return cls(choice, min(begun, today), today)
        return cls(choice, today - timedelta(days=int(choice) - 1), today)

    @property
    def days(self) -> Days:
        """The same for the counters of visits."""
        return Days(self.first, self.last)

    @property
    def begins_at(self) -> datetime:
        """The first instant."""
        return datetime.combine(self.first, time(), BEIJING)

    @property
    def ends_at(self) -> datetime:
        """The first instant after them."""
        return datetime.combine(self.last + timedelta(days=1), time(), BEIJING)

    @property
    def every_day(self) -> list[date]:
        """Each of the days, in order."""
        number = (self.last - self.first).days + 1
        return [self.first + timedelta(days=ahead) for ahead in range(number)]
