"""Funnels: what becomes of those who come by a channel, from the scan to the comment.

People only: programs stand apart. Who came on two days counts on both, since nothing tells that
they were the same. What was sent anonymously belongs to no channel.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from models import Bilingual, Channel, ChannelCode, FeedbackItem, LinkVisit, PageVisit, Registration
from models.vocabulary import ClientKind, RegistrationState, VisitKind, VisitorScope
from services import visits
from services.visits import BEIJING, Days

UNKNOWN = ""
"""The channel of those of whom nothing said where they came from."""

_Figures = defaultdict[Any, Counter[str]]
"""The figures of each channel, code or day, by the names of their fields."""


@dataclass(frozen=True, kw_only=True)
class Followed:
    """How often links were followed."""

    scans: int = 0
    """By printed codes."""

    clicks: int = 0
    programs: int = 0
    """By bots and previews, which stand in none of the other figures."""


@dataclass(frozen=True, kw_only=True)
class Funnel(Followed):
    """What became of those who came by one channel."""

    channel: str
    label: Bilingual | None
    """None for what is no channel of the pack: `other`, or unknown."""

    visitors: int = 0
    """Devices that followed a link or scanned a code, each counted once a day."""

    opened: int = 0
    """Pages of ours that they opened."""

    readers: int = 0
    """Devices that opened one, each counted once a day."""

    registrations: int = 0
    """Made in these days and not cancelled."""

    feedback: int = 0
    """Sent in these days and not withdrawn."""


@dataclass(frozen=True, kw_only=True)
class CodeFigures(Followed):
    """How one printed code did."""

    code: ChannelCode
    visitors: int = 0


@dataclass(frozen=True, kw_only=True)
class DayFigures(Followed):
    """How one day was."""

    day_on: date
    opened: int = 0


async def by_channel(db: AsyncSession, *, days: Days) -> list[Funnel]:
    """Give the funnel of each channel in the pack's order, then of what is none."""
    figures = await _followed(db, LinkVisit.channel, days)
    for channel, client, count in await db.execute(_opened(PageVisit.channel, days)):
        figures[channel]["opened"] += _people(client, count)
    for row in await visits.visitors(db, days=days):
        step = {VisitorScope.CHANNEL: "visitors", VisitorScope.READING: "readers"}.get(row.scope)
        if step is not None:
            figures[row.name][step] += row.visitors
    for step, asked in (("registrations", _registered(days)), ("feedback", _sent(days))):
        for channel, count in await db.execute(asked):
            figures[channel or UNKNOWN][step] += count
    channels = list(await db.scalars(select(Channel).order_by(Channel.position, Channel.code)))
    labels: dict[str, Bilingual | None] = {
        channel.code: channel.label
        for channel in channels
        if not channel.retired or channel.code in figures
    }
    labels |= dict.fromkeys(sorted(figures.keys() - labels.keys(), reverse=True))
    return [
        Funnel(channel=channel, label=label, **figures[channel])
        for channel, label in labels.items()
    ]


async def by_code(db: AsyncSession, *, days: Days) -> list[CodeFigures]:
    """Give the figures of each printed code by link, channel and label; zero where nobody came."""
    figures = await _followed(db, LinkVisit.code, days)
    for row in await visits.visitors(db, days=days):
        if row.scope is VisitorScope.CODE:
            figures[row.name]["visitors"] += row.visitors
    codes = await db.scalars(
        select(ChannelCode).order_by(
            ChannelCode.link_slug, ChannelCode.channel, ChannelCode.label, ChannelCode.slug
        )
    )
    return [CodeFigures(code=code, **figures[code.slug]) for code in codes]


async def by_day(db: AsyncSession, *, days: Days) -> list[DayFigures]:
    """Give the figures of each day on which somebody came, newest first."""
    figures = await _followed(db, LinkVisit.day_on, days)
    for day_on, client, count in await db.execute(_opened(PageVisit.day_on, days)):
        figures[day_on]["opened"] += _people(client, count)
    return [
        DayFigures(day_on=day_on, **figures[day_on]) for day_on in sorted(figures, reverse=True)
    ]


async def _followed(db: AsyncSession, by: InstrumentedAttribute[Any], days: Days) -> _Figures:
    rows = await db.execute(
        select(by, LinkVisit.client, LinkVisit.kind, func.sum(LinkVisit.visits))
        .where(*days.hold(LinkVisit.day_on))
        .group_by(by, LinkVisit.client, LinkVisit.kind)
    )
    figures: _Figures = defaultdict(Counter)
    for name, client, kind, count in rows:
        figures[name][_step(client, kind)] += count
    return figures


def _step(client: ClientKind, kind: VisitKind) -> str:
    if client is ClientKind.BOT or kind is VisitKind.PROBE:
        return "programs"
    return "scans" if kind is VisitKind.SCAN else "clicks"


def _opened(by: InstrumentedAttribute[Any], days: Days) -> Select[Any, ClientKind, int]:
    return (
        select(by, PageVisit.client, func.sum(PageVisit.visits))
        .where(*days.hold(PageVisit.day_on))
        .group_by(by, PageVisit.client)
    )


def _people(client: ClientKind, count: int) -> int:
    return 0 if client is ClientKind.BOT else count


def _registered(days: Days) -> Select[str | None, int]:
    stands = Registration.state != RegistrationState.CANCELLED
    within = _within(Registration.registered_at, days)
    counted = select(Registration.channel, func.count()).where(stands, *within)
    return counted.group_by(Registration.channel)


def _sent(days: Days) -> Select[str | None, int]:
    stands = FeedbackItem.withdrawn_at.is_(None)
    within = _within(FeedbackItem.submitted_at, days)
    counted = select(FeedbackItem.channel, func.count()).where(stands, *within)
    return counted.group_by(FeedbackItem.channel)


def _within(column: InstrumentedAttribute[datetime], days: Days) -> list[ColumnElement[bool]]:
    conditions = []
    if days.first is not None:
        conditions.append(column >= datetime.combine(days.first, time(), BEIJING))
    if days.last is not None:
        after = days.last + timedelta(days=1)
        conditions.append(column < datetime.combine(after, time(), BEIJING))
    return conditions
