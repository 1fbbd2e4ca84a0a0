"""Dates and times as people read them, always with the clock they are on."""

from datetime import datetime

from models.vocabulary import Language
from services import texts


def moment(local: datetime, language: Language) -> str:
    """Write an instant out: day, weekday, time and place. Its zone is the one it is shown in."""
    return written("dates.moment", local, language)


def day(local: datetime, language: Language) -> str:
    """Write a day out, without a time."""
    return written("dates.day", local, language)


def written(key: str, local: datetime, language: Language) -> str:
    """Write an instant into a text that names its parts: year, month, weekday, place and the like.

    Raises:
        KeyError: there is no such text.
    """
    return texts.say(key, language, **_parts(local, language))


def _parts(local: datetime, language: Language) -> dict[str, str | int]:
    zone = f"zones.{local.tzinfo}"
    return {
        "place": texts.say(zone, language) if texts.known(zone) else str(local.tzinfo),
        "year": local.year,
        "month": local.month,
        "day": local.day,
        "month_name": texts.say(f"dates.months.{local.month}", language),
        "weekday": texts.say(f"dates.weekdays.{local.isoweekday()}", language),
        "time": f"{local:%H:%M:%S}" if local.second else f"{local:%H:%M}",
    }
