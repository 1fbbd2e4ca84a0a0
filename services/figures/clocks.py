"""Clock faces in SQL: on which day and at what time something was, on both databases."""

from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Integer, String, cast, func
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.elements import SQLCoreOperations

from services.figures.spans import Span
from services.visits import BEIJING


class Face:
    """The clock of one zone.

    SQLite knows no zones: there the zone's distance to UTC at the span's end stands for all of it,
    which is exact wherever clocks are not changed, as in China.
    """

    def __init__(self, db: AsyncSession, span: Span, zone: ZoneInfo = BEIJING) -> None:
        """Read the clock of a zone."""
        self._sqlite = db.get_bind().dialect.name == "sqlite"
        self._zone = zone.key
        ahead = span.ends_at.astimezone(zone).utcoffset()
        self._ahead = f"{ahead.total_seconds() if ahead else 0:+.0f} seconds"

    def day(self, instant: SQLCoreOperations[Any]) -> ColumnElement[str]:
        """Give the day, as 2026-03-09."""
        if self._sqlite:
            return func.date(instant, self._ahead, type_=String)
        return func.to_char(func.timezone(self._zone, instant), "YYYY-MM-DD", type_=String)

    def time(self, instant: SQLCoreOperations[Any]) -> ColumnElement[str]:
        """Give the time of day, as 09:30:00."""
        if self._sqlite:
            return func.time(instant, self._ahead, type_=String)
        return func.to_char(func.timezone(self._zone, instant), "HH24:MI:SS", type_=String)

    def seconds(
        self, begin: SQLCoreOperations[Any], end: SQLCoreOperations[Any]
    ) -> ColumnElement[int]:
        """Give the whole seconds from one instant to another."""
        if self._sqlite:
            return cast(func.strftime("%s", end), Integer) - cast(
                func.strftime("%s", begin), Integer
            )
        return cast(func.extract("epoch", end), Integer) - cast(
            func.extract("epoch", begin), Integer
        )
