"""`asi codes`: channel codes, a link printed in many places and told apart."""

import asyncio
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.output import Json, opened, print_json
from api.urls import Urls
from models import ChannelCode
from services import channel_codes, channel_sheets, code_archives, short_links
from services.channel_codes import Plan, Planned
from services.channel_sheets import Sheet
from services.qr_codes import LARGEST_SIZE, LARGEST_WIDTH, SMALLEST_SIZE, SMALLEST_WIDTH, Style
from services.qr_matrices import Level
from services.runtime import settings
from services.runtime.clock import installation_clock

app = typer.Typer(help="渠道码 · channel codes", no_args_is_help=True)

Slug = Annotated[str, typer.Argument(help="渠道码 · the code's slug")]


@app.command("make")
def make(
    channels: Annotated[
        Path,
        typer.Option(
            help="CSV：channel，可选 link、label、channel_zh、channel_en · the sheet of channels",
            exists=True,
            dir_okay=False,
        ),
    ],
    output: Annotated[Path, typer.Option(help="压缩包 · the zip to write")] = Path("codes.zip"),
    link: Annotated[
        str | None, typer.Option(help="CSV 未写 link 时的短链接 · the link of rows that name none")
    ] = None,
    level: Annotated[Level | None, typer.Option(help="纠错级别 · error correction")] = None,
    size: Annotated[
        int, typer.Option(help="像素 · pixels", min=SMALLEST_SIZE, max=LARGEST_SIZE)
    ] = 600,
    colour: Annotated[str, typer.Option(help="颜色 · colour")] = "#000000",
    logo: Annotated[Path | None, typer.Option(help="中心标志 · logo for the middle")] = None,
    width_mm: Annotated[
        int,
        typer.Option(
            help="印刷宽度（毫米）· width in print, mm", min=SMALLEST_WIDTH, max=LARGEST_WIDTH
        ),
    ] = SMALLEST_WIDTH,
    json: Json = False,
) -> None:
    """按 CSV 批量生成渠道码 · Make the codes of a sheet: pictures and a list in one zip.

    再次运行不会产生新的渠道码，只会重新打包。 · Run again, it makes no new codes, only the zip.
    """
    style = Style(level=level, size=size, colour=colour, logo=logo, width_mm=width_mm)
    sheet = channel_sheets.read(channels.read_bytes(), link=link)
    plan = _made(sheet, output, style)
    if json:
        print_json([_planned_row(code) for code in plan.codes])
        return
    new, old = len(plan.new_codes), len(plan.codes) - len(plan.new_codes)
    typer.echo(f"{output}: 新 {new} · {new} new, 已有 {old} · {old} known")


@app.command("list")
def list_codes(
    link: Annotated[str | None, typer.Option(help="短链接 · of this link")] = None,
    channel: Annotated[str | None, typer.Option(help="来源渠道 · of this channel")] = None,
    json: Json = False,
) -> None:
    """列出渠道码 · List the codes."""
    rows = asyncio.run(_list(link, channel))
    if json:
        print_json(rows)
        return
    for row in rows:
        off = "  停用 · disabled" if row["disabled"] else ""
        typer.echo(f"{row['slug']}  {row['link']:24} {row['channel']:16} {row['label']}{off}")


@app.command("show")
def show(slug: Slug, json: Json = False) -> None:
    """查看一个渠道码 · Show a code and where it leads now."""
    row = asyncio.run(_show(slug))
    if json:
        print_json(row)
        return
    for name, value in row.items():
        typer.echo(f"{name:12} {value}")


@app.command("disable")
def disable(slug: Slug) -> None:
    """停用渠道码 · Switch a code off; its link goes on."""
    asyncio.run(_set_disabled(slug, disabled=True))


@app.command("enable")
def enable(slug: Slug) -> None:
    """重新启用渠道码 · Switch a code on again."""
    asyncio.run(_set_disabled(slug, disabled=False))


def _made(sheet: Sheet, output: Path, style: Style) -> Plan:
    """Draw first, write down after, put the zip in its place last: a refusal leaves nothing."""
    chosen = settings.load()
    clock = installation_clock(chosen)
    with code_archives.placed(output) as part:
        plan = asyncio.run(_plan(sheet))
        with _progress(plan.codes) as codes:
            code_archives.write(
                part,
                codes,
                names=plan.names,
                url=Urls(chosen.public_url).short,
                style=style,
                made_at=clock(),
            )
        asyncio.run(_keep(plan))
    return plan


@contextmanager
def _progress(codes: Iterable[Planned]) -> Iterator[Iterable[Planned]]:
    label = "绘制并识别 · drawing, decoding"
    with typer.progressbar(list(codes), label=label, file=sys.stderr) as bar:
        yield bar


async def _plan(sheet: Sheet) -> Plan:
    async with opened() as database, database.snapshot() as db:
        return await channel_codes.plan(db, places=sheet.places, names=sheet.names)


async def _keep(plan: Plan) -> None:
    chosen = settings.load()
    async with opened(chosen) as database, database.transaction() as db:
        await channel_codes.keep(db, plan=plan, now=installation_clock(chosen)())


async def _list(link: str | None, channel: str | None) -> list[dict[str, Any]]:
    async with opened() as database, database.snapshot() as db:
        return [_row(code) for code in await channel_codes.every(db, link=link, channel=channel)]


async def _show(slug: str) -> dict[str, Any]:
    chosen = settings.load()
    async with opened(chosen) as database, database.snapshot() as db:
        code = await channel_codes.by_slug(db, slug=slug)
        link = await short_links.by_slug(db, slug=code.link_slug)
        leads = {"target_kind": link.target_kind.value, "target": link.target}
        return _row(code) | {"url": Urls(chosen.public_url).short(code.slug)} | leads


async def _set_disabled(slug: str, *, disabled: bool) -> None:
    async with opened() as database, database.transaction() as db:
        await channel_codes.set_disabled(db, slug=slug, disabled=disabled)


def _row(code: ChannelCode) -> dict[str, Any]:
    return {
        "slug": code.slug,
        "link": code.link_slug,
        "channel": code.channel,
        "label": code.label,
        "created_at": code.created_at,
        "disabled": code.disabled,
    }


def _planned_row(code: Planned) -> dict[str, Any]:
    place = code.place
    told = {"slug": code.slug, "link": place.link, "channel": place.channel}
    return told | {"label": place.label, "new": code.new}
