"""Dates and times as people read them, always with the clock they are on."""

from datetime import datetime

from models.vocabulary import Language
from services import texts


def moment(local: datetime, language: Language) -> str:
    """Write an instant out: day, weekday, time and place. Its zone is the one it is shown in."""
    zone = str(local.tzinfo)
    key = f"zones.{zone}"
    place = texts.say(key, language) if texts.known(key) else zone
    return texts.say("dates.moment", language, **_parts(local, language), place=place)


def day(local: datetime, language: Language) -> str:
    """Write a day out, without a time."""
    return texts.say("dates.day", language, **_parts(local, language))


def _parts(local: datetime, language: Language) -> dict[str, str | int]:
    return {
        "year": local.year,
        "month": local.month,
        "day": local.day,
        "month_name": texts.say(f"dates.months.{local.month}", language),
        "weekday": texts.say(f"dates.weekdays.{local.isoweekday()}", language),
        "time": f"{local:%H:%M:%S}" if local.second else f"{local:%H:%M}",
    }
