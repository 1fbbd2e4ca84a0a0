"""The sums: how often links, codes and pages were visited, and by how many devices."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from models import LinkVisit, PageVisit, VisitorCount, VisitorMark
from models.vocabulary import ClientKind, VisitKind, VisitorScope
from services.visits import devices


@dataclass(frozen=True)
class Days:
    """Some Beijing days, the first and the last among them; None where there is no end."""

    first: date | None = None
    last: date | None = None

    def hold(self, column: InstrumentedAttribute[date]) -> Sequence[ColumnElement[bool]]:
        """Give the conditions that a day is one of them."""
        conditions = []
        if self.first is not None:
            conditions.append(column >= self.first)
        if self.last is not None:
            conditions.append(column <= self.last)
        return conditions


@dataclass(frozen=True)
class Visitors:
    """How many different devices came on one day, in one respect."""

    day_on: date
    scope: VisitorScope
    name: str
    visitors: int


async def totals(db: AsyncSession, *, slug: str) -> list[LinkVisit]:
    """Give a link's counts, newest day first."""
    return await _ordered(db, LinkVisit.slug == slug)


async def by_people(db: AsyncSession) -> dict[str, int]:
    """Give how often each link was followed or scanned by people, programs left out."""
    found = await db.execute(
        select(LinkVisit.slug, func.sum(LinkVisit.visits))
        .where(LinkVisit.kind != VisitKind.PROBE, LinkVisit.client != ClientKind.BOT)
        .group_by(LinkVisit.slug)
    )
    return {slug: int(count) for slug, count in found}


async def links(db: AsyncSession, *, days: Days) -> list[LinkVisit]:
    """Give the counts of all links and codes, newest day first."""
    return await _ordered(db, *days.hold(LinkVisit.day_on))


async def readings(db: AsyncSession, *, days: Days) -> list[PageVisit]:
    """Give the counts of all pages, newest day first."""
    found = await db.scalars(
        select(PageVisit)
        .where(*days.hold(PageVisit.day_on))
        .order_by(PageVisit.day_on.desc(), PageVisit.path, PageVisit.channel, PageVisit.client)
    )
    return list(found)


async def visitors(db: AsyncSession, *, days: Days) -> list[Visitors]:
    """Give how many devices came, newest day first; what came so far of a day that is not over.

    Numbers of two days must not be added up as if they were people: who came on both counts twice.
    """
    over = select(
        VisitorCount.day_on, VisitorCount.scope, VisitorCount.name, VisitorCount.visitors
    ).where(*days.hold(VisitorCount.day_on))
    going_on = devices.counting(*days.hold(VisitorMark.day_on))
    found = [
        Visitors(*row)
        for rows in (await db.execute(over), await db.execute(going_on))
        for row in rows
    ]
    return sorted(found, key=lambda row: (-row.day_on.toordinal(), row.scope, row.name))


async def _ordered(db: AsyncSession, *conditions: Any) -> list[LinkVisit]:  # noqa: ANN401 - SQLAlchemy's own
    found = await db.scalars(
        select(LinkVisit)
        .where(*conditions)
        .order_by(
            LinkVisit.day_on.desc(),
            LinkVisit.slug,
            LinkVisit.channel,
            LinkVisit.code,
            LinkVisit.client,
            LinkVisit.kind,
        )
    )
    return list(found)
