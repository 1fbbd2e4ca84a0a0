"""`asi notices`: who could be told, in figures."""

import asyncio
from dataclasses import asdict

import typer

from api.cli.output import Json, opened, print_json
from services.notices import figures
from services.notices.figures import Figure

app = typer.Typer(help="通知与提醒 · notices and reminders", no_args_is_help=True)


@app.callback()
def _verbs() -> None:
    """通知与提醒 · Notices and reminders."""


@app.command("figures")
def show_figures(json: Json = False) -> None:
    """按研讨会、类型和结果统计通知 · Count the notices by webinar, kind and outcome."""
    found = asyncio.run(_count())
    if json:
        print_json([asdict(figure) for figure in found])
        return
    for one in found:
        way = f"{one.channel or '-':14} {one.reason or ''}"
        typer.echo(f"{one.number:>6}  {one.webinar or '-':20} {one.kind:18} {one.state:9} {way}")


async def _count() -> list[Figure]:
    async with opened() as database, database.snapshot() as db:
        return await figures.count(db)
