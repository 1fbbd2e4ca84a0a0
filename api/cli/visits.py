"""`asi visits`: what was scanned, read and sent, by channel, code and day."""

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from api.cli.output import Json, opened, print_json, write_file
from models.vocabulary import Language
from services.exports import visits as exports
from services.exports.tables import Cell, Table
from services.exports.visits import VisitTable
from services.visits import Days

app = typer.Typer(help="扫码与访问 · scans and visits", no_args_is_help=True)

_DATE = ["%Y-%m-%d"]
First = Annotated[
    datetime | None,
    typer.Option("--from", formats=_DATE, help="从哪天起（北京时间）· first Beijing day"),
]
Last = Annotated[
    datetime | None,
    typer.Option("--to", formats=_DATE, help="到哪天止，含当天 · last day, itself included"),
]
Lang = Annotated[Language, typer.Option(help="表中文字 · language of the words")]


@app.command("report")
def report(
    by: Annotated[VisitTable, typer.Option(help="哪张表 · which table")] = VisitTable.FUNNEL,
    first: First = None,
    last: Last = None,
    lang: Lang = Language.ZH,
    json: Json = False,
) -> None:
    """查看扫码、阅读、报名与意见 · Show what became of those who scanned or clicked."""
    days = _days(first, last)
    if json:
        print_json(asyncio.run(_rows(by, days, lang)))
    else:
        _print(asyncio.run(_table(by, days, lang)))


@app.command("export")
def export(
    file: Annotated[
        Path, typer.Argument(help="写到哪里：.xlsx 含所有表，.csv 一张 · the file to write")
    ],
    by: Annotated[VisitTable, typer.Option(help="CSV 中的表 · a CSV's table")] = VisitTable.FUNNEL,
    first: First = None,
    last: Last = None,
    lang: Lang = Language.ZH,
) -> None:
    """导出为 CSV 或 Excel · Write the figures to a file for Excel."""
    content = asyncio.run(_file(file.suffix, by, days=_days(first, last), lang=lang))
    write_file(file, content)
    typer.echo(str(file))


def _days(first: datetime | None, last: datetime | None) -> Days:
    return Days(first.date() if first else None, last.date() if last else None)


def _print(table: Table) -> None:
    """Print a table; signs of Chinese take two places, so columns are parted and not aligned."""
    for row in (table.head, *table.rows):
        typer.echo(" | ".join(str(cell) for cell in row))
    for note in table.notes:
        typer.echo(f"* {note}", err=True)


async def _rows(by: VisitTable, days: Days, lang: Language) -> list[dict[str, Cell]]:
    async with opened() as database, database.snapshot() as db:
        return await exports.rows(db, table=by, days=days, language=lang)


async def _table(by: VisitTable, days: Days, lang: Language) -> Table:
    async with opened() as database, database.snapshot() as db:
        return await exports.make(db, table=by, days=days, language=lang)


async def _file(kind: str, by: VisitTable, *, days: Days, lang: Language) -> bytes:
    async with opened() as database, database.snapshot() as db:
        return await exports.file(db, kind=kind, table=by, days=days, language=lang)
