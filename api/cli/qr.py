"""`asi qr`: codes as files."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from api.cli.output import Json, opened, print_json, write_file
from api.urls import Urls
from services import qr_codes, short_links
from services.qr_codes import (
    LARGEST_LOGO,
    LARGEST_SIZE,
    LARGEST_WIDTH,
    SMALLEST_SIZE,
    SMALLEST_WIDTH,
    Style,
)
from services.qr_matrices import Level
from services.runtime import settings

app = typer.Typer(help="二维码 · QR codes", no_args_is_help=True)


@app.command("make")
def make(
    slug: Annotated[str, typer.Argument(help="短链接代码 · the link's slug")],
    output: Annotated[Path, typer.Argument(help="文件 .png 或 .svg · the file")],
    level: Annotated[Level | None, typer.Option(help="纠错级别 · error correction")] = None,
    size: Annotated[
        int, typer.Option(help="像素 · pixels", min=SMALLEST_SIZE, max=LARGEST_SIZE)
    ] = 480,
    colour: Annotated[str, typer.Option(help="颜色 · colour")] = "#000000",
    logo: Annotated[Path | None, typer.Option(help="中心标志 · logo for the middle")] = None,
    host: Annotated[
        str | None, typer.Option(help="印上哪个域名 · the host it says, of ASI_OTHER_URLS")
    ] = None,
    logo_share: Annotated[
        float, typer.Option(help="标志占宽度的比例 · the logo's share of the width")
    ] = LARGEST_LOGO,
    width_mm: Annotated[
        int,
        typer.Option(
            help="印刷宽度（毫米）· width in print, mm", min=SMALLEST_WIDTH, max=LARGEST_WIDTH
        ),
    ] = SMALLEST_WIDTH,
) -> None:
    """生成二维码并当场识别 · Make a code and decode it before it is written."""
    style = Style(
        level=level, size=size, colour=colour, logo=logo, logo_share=logo_share, width_mm=width_mm
    )
    text = asyncio.run(_short_url(slug, host))
    image = qr_codes.svg(text, style) if output.suffix == ".svg" else qr_codes.png(text, style)
    write_file(output, image)
    typer.echo(text)


@app.command("check")
def check(
    picture: Annotated[Path, typer.Argument(help="图片 · a PNG or JPEG")],
    json: Json = False,
) -> None:
    """识别图片中的二维码 · Say what the code in a picture leads to."""
    text = qr_codes.decode_file(picture)
    if json:
        print_json({"text": text})
    elif text:
        typer.echo(text)
    if text is None:
        raise qr_codes.CodeUnreadable


async def _short_url(slug: str, host: str | None) -> str:
    chosen = settings.load()
    urls = Urls.at(chosen, host)
    async with opened(chosen) as database, database.snapshot() as db:
        await short_links.printed(db, slug=slug)
        return urls.short(slug)
