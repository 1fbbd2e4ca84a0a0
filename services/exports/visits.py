"""What was scanned and read, as tables."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import Channel, ShortLink
from models.vocabulary import ClientKind, Language, VisitKind, VisitorScope
from services import funnels, texts, visits
from services.errors import Malformed
from services.exports import tables
from services.exports.tables import Cell, Table
from services.visits import BEIJING, OTHER_CHANNEL, Days

CSV, XLSX = ".csv", ".xlsx"


class ExportFormatUnknown(Malformed):
    """Tables are written as CSV or XLSX."""

    code = "export_format_unknown"


class VisitTable(StrEnum):
    """A table of visits."""

    FUNNEL = "funnel"
    CODES = "codes"
    DAYS = "days"
    LINKS = "links"
    PAGES = "pages"
    VISITORS = "visitors"


@dataclass(frozen=True)
class _Asked:
    """Which rows are asked for, and in which words."""

    days: Days
    language: Language
    labels: dict[str, str]
    """Of the channels, by their codes."""

    def say(self, key: str) -> str:
        return texts.say(f"exports.{key}", self.language)

    def word(self, cell: Cell) -> Cell:
        """Give what people call a code."""
        match cell:
            case ClientKind():
                return self.say(f"clients.{cell.value}")
            case VisitKind():
                return self.say(f"kinds.{cell.value}")
            case VisitorScope():
                return self.say(f"scopes.{cell.value}")
            case _:
                return cell

    def channel(self, code: str) -> tuple[str, str]:
        """Give a channel's code and what people call it."""
        if code == OTHER_CHANNEL:
            return code, self.say("channels.other")
        return code, self.labels.get(code, "") if code else self.say("channels.unknown")


async def rows(
    db: AsyncSession, *, table: VisitTable, days: Days, language: Language
) -> list[dict[str, Cell]]:
    """Give the rows of one table by the names of their columns, what is a code as it is."""
    columns, found = _TABLES[table]
    asked = await _asked(db, days, language)
    return [dict(zip(columns, row, strict=True)) for row in await found(db, asked)]


async def make(db: AsyncSession, *, table: VisitTable, days: Days, language: Language) -> Table:
    """Make one table for people, its head and its words in a language."""
    columns, found = _TABLES[table]
    asked = await _asked(db, days, language)
    return Table(
        title=asked.say(f"tables.{table.value}"),
        head=[asked.say(f"columns.{column}") for column in columns],
        rows=[[asked.word(cell) for cell in row] for row in await found(db, asked)],
        notes=[asked.say("notes.devices"), asked.say("notes.anonymous"), asked.say("notes.days")],
    )


async def file(
    db: AsyncSession, *, kind: str, table: VisitTable, days: Days, language: Language
) -> bytes:
    """Give one table as .csv, or all of them as .xlsx.

    Raises:
        ExportFormatUnknown
    """
    if kind == CSV:
        return tables.as_csv(await make(db, table=table, days=days, language=language))
    if kind == XLSX:
        every = [await make(db, table=one, days=days, language=language) for one in VisitTable]
        return tables.as_xlsx(every)
    raise ExportFormatUnknown(kind=kind)


async def _asked(db: AsyncSession, days: Days, language: Language) -> _Asked:
    labels = await db.execute(select(Channel.code, Channel.label))
    return _Asked(days, language, {code: label.text(language) for code, label in labels})


async def _funnel(db: AsyncSession, asked: _Asked) -> list[Sequence[Cell]]:
    return [
        (
            *asked.channel(one.channel),
            one.scans,
            one.clicks,
            one.visitors,
            one.opened,
            one.readers,
            one.registrations,
            one.feedback,
            one.programs,
        )
        for one in await funnels.by_channel(db, days=asked.days)
    ]


async def _codes(db: AsyncSession, asked: _Asked) -> list[Sequence[Cell]]:
    return [
        (
            one.code.slug,
            one.code.link_slug,
            *asked.channel(one.code.channel),
            one.code.label,
            one.scans,
            one.visitors,
            one.programs,
            one.code.created_at.astimezone(BEIJING).date(),
            asked.say("disabled") if one.code.disabled else "",
        )
        for one in await funnels.by_code(db, days=asked.days)
    ]


async def _days(db: AsyncSession, asked: _Asked) -> list[Sequence[Cell]]:
    return [
        (one.day_on, one.scans, one.clicks, one.opened, one.programs)
        for one in await funnels.by_day(db, days=asked.days)
    ]


async def _links(db: AsyncSession, asked: _Asked) -> list[Sequence[Cell]]:
    links = await db.execute(select(ShortLink.slug, ShortLink.title))
    titles = {slug: title.text(asked.language) for slug, title in links}
    return [
        (
            row.day_on,
            row.slug,
            titles[row.slug],
            *asked.channel(row.channel),
            row.code,
            row.client,
            row.kind,
            row.visits,
        )
        for row in await visits.links(db, days=asked.days)
    ]


async def _pages(db: AsyncSession, asked: _Asked) -> list[Sequence[Cell]]:
    return [
        (
            row.day_on,
            row.path,
            *asked.channel(row.channel),
            row.client,
            row.visits,
        )
        for row in await visits.readings(db, days=asked.days)
    ]


async def _visitors(db: AsyncSession, asked: _Asked) -> list[Sequence[Cell]]:
    return [
        (row.day_on, row.scope, row.name, row.visitors)
        for row in await visits.visitors(db, days=asked.days)
    ]


_Rows = Callable[[AsyncSession, _Asked], Awaitable[list[Sequence[Cell]]]]

_TABLES: dict[VisitTable, tuple[tuple[str, ...], _Rows]] = {
    VisitTable.FUNNEL: (
        (
            "channel", "channel_label", "scans", "clicks", "visitors", "opened", "readers",
            "registrations", "feedback", "programs",
        ),
        _funnel,
    ),
    VisitTable.CODES: (
        (
            "code", "link", "channel", "channel_label", "label", "scans", "visitors", "programs",
            "created_on", "state",
        ),
        _codes,
    ),
    VisitTable.DAYS: (("day", "scans", "clicks", "opened", "programs"), _days),
    VisitTable.LINKS: (
        (
            "day", "link", "title", "channel", "channel_label", "code", "client", "kind",
            "visits",
        ),
        _links,
    ),
    VisitTable.PAGES: (("day", "page", "channel", "channel_label", "client", "visits"), _pages),
    VisitTable.VISITORS: (("day", "scope", "name", "visitors"), _visitors),
}  # fmt: skip
