"""`asi notices`: who could be told, in figures; and a test of the way to those who work here."""

import asyncio
from dataclasses import asdict
from uuid import uuid4

import typer

from api import background
from api.cli.output import Json, opened, print_json
from models.vocabulary import Language, NoticeState
from services import texts
from services.notices import figures
from services.notices.figures import Figure
from services.runtime import settings
from services.runtime.clock import installation_clock
from services.staff_notices import wording
from services.staff_notices.ways import Outcome

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


@app.command("staff-test")
def send_staff_test(json: Json = False) -> None:
    """向工作人员发一条测试消息 · Send a test to those who work here, by every way that is set."""
    outcomes = asyncio.run(_test())
    if json:
        print_json({way: asdict(outcome) for way, outcome in outcomes.items()})
    else:
        for way, outcome in outcomes.items():
            sent = outcome.state is NoticeState.SENT
            mark, reason = ("✓", "") if sent else ("✗", outcome.reason or outcome.state.value)
            typer.secho(f"{mark} {way} {reason}".rstrip(), fg=None if sent else "red")
        if not outcomes:
            for language in Language:
                typer.secho(texts.say("doctor.not_configured", language), fg="red", err=True)
    if not outcomes or any(one.state is not NoticeState.SENT for one in outcomes.values()):
        raise typer.Exit(1)


async def _test() -> dict[str, Outcome]:
    chosen = settings.load()
    ways, now = background.staff_ways(chosen), installation_clock(chosen)()
    words = wording.trial(desk=ways.desk)
    return {
        way: await ways.carry(way, words, id_=str(uuid4()), now=now)
        for way in dict.fromkeys([*ways.first, *ways.mails])
    }


async def _count() -> list[Figure]:
    async with opened() as database, database.snapshot() as db:
        return await figures.count(db)
