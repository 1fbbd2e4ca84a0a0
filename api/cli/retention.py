"""`asi retention`: taking away what was kept for long enough."""

import asyncio
from collections import Counter
from typing import Annotated

import typer

from api.cli.output import Json, opened, print_json
from models.vocabulary import Language
from services import texts
from services.privacy import retention
from services.runtime import settings
from services.runtime.clock import installation_clock

app = typer.Typer(help="保存期限 · retention", no_args_is_help=True)

DryRun = Annotated[
    bool, typer.Option("--dry-run", help="只统计，不删除 · count, take nothing away")
]


@app.command("run")
def run(dry_run: DryRun = False, json: Json = False) -> None:
    """删除超过保存期限的个人信息 · Take away what is past its period, field by field.

    The periods are [retention] in round.toml. A job does the same once a day.
    """
    found, undecided = asyncio.run(_run(dry_run=dry_run))
    if json:
        print_json({"fields": found, "undecided": undecided})
        return
    for name, number in found.items():
        typer.echo(f"{name:24} {'-' if name in undecided else number}")
    for language in Language if undecided else ():
        fields = ", ".join(undecided)
        typer.echo(texts.say("retention.undecided", language, fields=fields))


async def _run(*, dry_run: bool) -> tuple[dict[str, int], list[str]]:
    now = installation_clock(settings.load())()
    async with opened() as database:
        async with database.snapshot() as db:
            undecided = await retention.undecided(db, now=now)
            found = Counter(await retention.count(db, now=now))
        if dry_run:
            return found, undecided
        found = Counter(dict.fromkeys(retention.FIELDS, 0))
        while True:
            async with database.transaction() as db:
                taken = await retention.take(db, now=now)
            found.update(taken)
            if not any(taken.values()):
                break
        await database.truncate_log()
    return found, undecided
