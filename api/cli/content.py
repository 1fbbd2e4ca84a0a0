"""`asi content`: content packs."""

import asyncio
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from api.cli.output import Json, opened, print_json
from services.content import loading, new_round, reading
from services.content.loading import Change
from services.runtime import settings
from services.runtime.clock import installation_clock

app = typer.Typer(help="内容包 · content packs", no_args_is_help=True)

Folder = Annotated[Path, typer.Argument(help="内容包文件夹 · the pack's folder")]

INSTANTS = ["%Y-%m-%dT%H:%M%z", "%Y-%m-%dT%H:%M:%S%z"]


@app.command("check")
def check(folder: Folder, json: Json = False) -> None:
    """检查内容包 · Check a pack without touching the database."""
    pack = reading.read(folder)
    found = {
        "round": pack.round.slug,
        "documents": len(pack.documents),
        "webinars": len(pack.webinars),
        "contact_cards": len(pack.cards),
        "links": len(pack.links),
        "pages": len(pack.pages),
    }
    if json:
        print_json(found)
    else:
        typer.echo("  ".join(f"{name}: {value}" for name, value in found.items()))


@app.command("diff")
def diff(folder: Folder, json: Json = False) -> None:
    """显示载入后的变化 · Show what loading the pack would change."""
    _print_changes(asyncio.run(_diff(folder)), json=json)


@app.command("load")
def load(
    folder: Folder,
    overwrite: Annotated[
        bool, typer.Option(help="覆盖工作人员的修改 · overwrite what staff edited")
    ] = False,
    json: Json = False,
) -> None:
    """载入内容包 · Load a pack: all of it or nothing."""
    _print_changes(asyncio.run(_load(folder, overwrite=overwrite)), json=json)


@app.command("new-round")
def create(
    folder: Annotated[Path, typer.Argument(help="新内容包文件夹 · the new pack's folder")],
    slug: Annotated[str, typer.Option(help="新一轮的代码 · the new round's slug")],
    opens: Annotated[datetime, typer.Option(formats=INSTANTS, help="2026-09-01T00:00+08:00")],
    closes: Annotated[datetime, typer.Option(formats=INSTANTS, help="2026-10-31T23:59:59+08:00")],
    source: Annotated[
        Path, typer.Option("--from", help="以此内容包为底 · the pack to start from")
    ] = Path("content/2026-first"),
) -> None:
    """以一轮为底建立下一轮 · Start the next round's pack from this one's."""
    new_round.create(source, folder, slug=slug, opens_at=opens, closes_at=closes)
    typer.echo(str(folder))


async def _diff(folder: Path) -> list[Change]:
    pack = reading.read(folder)
    async with opened() as database, database.snapshot() as db:
        return (await loading.diff(db, pack=pack)).changes


async def _load(folder: Path, *, overwrite: bool) -> list[Change]:
    pack = reading.read(folder)
    chosen = settings.load()
    async with opened(chosen) as database, database.transaction() as db:
        now = installation_clock(chosen)()
        return await loading.load(db, pack=pack, now=now, overwrite=overwrite)


def _print_changes(changes: list[Change], *, json: bool) -> None:
    if json:
        print_json([asdict(change) for change in changes])
        return
    for change in changes:
        line = f"{change.kind.value:9} {change.table}/{change.key}"
        if change.field:
            line += f" {change.field}: {change.before!r} → {change.after!r}"
        typer.echo(line)
    typer.echo(f"{len(changes)}")
