"""Telling devices apart for one day: marks under a salt that is thrown away with the day.

A mark is a keyed digest of address, user agent and what was visited. While the day lasts, whoever
has the database and an address could find out what that address visited on this day; once the day
has been counted nobody can, and how many there were is all that is left.
"""

import secrets
from collections.abc import Iterable
from datetime import date, datetime
from hashlib import blake2b
from typing import Any

from sqlalchemy import delete, func, insert, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import VisitDay, VisitorCount, VisitorMark
from models.visitor_mark import MARK_BYTES
from models.vocabulary import VisitorScope
from services.runtime import dialects
from services.visits.shapes import Reading, Visit, beijing_day

SALT_BYTES = 32

MOST_MET = 200_000
"""Devices of the day that a process remembers to have marked, by numbers that mean nothing."""

Seen = tuple[Visit | Reading, str, bytes]
"""What was visited, by which address and which user agent."""


class Marker:
    """Writes the marks of one process's visits, each once."""

    def __init__(self) -> None:
        """Start with nobody met."""
        self._day_on: date | None = None
        self._met: set[int] = set()

    async def mark(self, db: AsyncSession, seen: Iterable[Seen], *, day_on: date) -> set[int]:
        """Write the marks of whom this process has not met before on this day.

        Nothing is marked on a day that has been counted. Gives what is to be remembered once it is
        committed.
        """
        met = self._met if day_on == self._day_on else set()
        # The hash of this process: without its seed nobody finds out of what.
        new = {hash(one): one for one in seen if hash(one) not in met and (one[1] or one[2])}
        salt = await _salt(db, day_on) if new else None
        if salt is not None:
            rows = [
                {"day_on": day_on, "scope": scope, "name": name, "mark": mark}
                for scope, name, mark in sorted(set(_marks(new.values(), salt)))
            ]
            if rows:
                await db.execute(dialects.insert(db, VisitorMark).on_conflict_do_nothing(), rows)
        return set(new)

    def remember(self, met: set[int], *, day_on: date) -> None:
        """Take notice that marks have been committed."""
        if day_on != self._day_on or len(self._met) > MOST_MET:
            self._day_on, self._met = day_on, set()
        self._met |= met


async def count_days(db: AsyncSession, *, now: datetime) -> list[date]:
    """Count the devices of the days that are over, and throw away marks and salts.

    Holds the days' rows: a batch on its way is counted, or finds that it is too late.
    """
    days = await db.scalars(
        select(VisitDay)
        .where(VisitDay.salt.is_not(None), VisitDay.day_on < beijing_day(now))
        .order_by(VisitDay.day_on)
        .with_for_update()
    )
    counted = []
    for day in days:
        await db.execute(
            insert(VisitorCount).from_select(
                ["day_on", "scope", "name", "visitors"], counting(VisitorMark.day_on == day.day_on)
            )
        )
        await db.execute(delete(VisitorMark).where(VisitorMark.day_on == day.day_on))
        day.salt = None
        counted.append(day.day_on)
    return counted


def counting(*conditions: Any) -> Any:  # noqa: ANN401 - SQLAlchemy's own
    """Ask how many devices the marks are of."""
    about = (VisitorMark.day_on, VisitorMark.scope, VisitorMark.name)
    return select(*about, func.count(literal(1))).where(*conditions).group_by(*about)


def _marks(seen: Iterable[Seen], salt: bytes) -> Iterable[tuple[VisitorScope, str, bytes]]:
    for visit, address, agent in seen:
        for scope, name in visit.scopes:
            about = b"\0".join((scope.encode(), name.encode(), address.encode(), agent))
            yield scope, name, blake2b(about, key=salt, digest_size=MARK_BYTES).digest()


async def _salt(db: AsyncSession, day_on: date) -> bytes | None:
    """Give the salt of a day, held so that the day is not counted meanwhile; None if it was."""
    asked = select(VisitDay).where(VisitDay.day_on == day_on).with_for_update(read=True)
    day = await db.scalar(asked)
    if day is None:
        new = {"day_on": day_on, "salt": secrets.token_bytes(SALT_BYTES)}
        await db.execute(dialects.insert(db, VisitDay).values(new).on_conflict_do_nothing())
        day = (await db.scalars(asked)).one()
    return day.salt
