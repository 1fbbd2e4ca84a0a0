"""`asi wechat-codes`: codes that WeChat makes, and what they carry."""

import asyncio
from pathlib import Path
from typing import Annotated, Any

import typer

from api.background import doors
from api.cli.output import Json, opened, print_json, require_writable, write_file
from models import WeChatCode
from models.vocabulary import WeChatCodeKind
from services.qr_codes import LARGEST_SIZE, SMALLEST_SIZE, Style
from services.runtime import settings
from services.runtime.clock import installation_clock
from services.wechat_codes import issuing, keeping, pictures, places

app = typer.Typer(help="微信自己的码 · codes made by WeChat", no_args_is_help=True)

Kind = Annotated[WeChatCodeKind, typer.Argument(help="种类 · kind")]
Slug = Annotated[str, typer.Argument(help="短链接或渠道码的代码 · slug of a link or channel code")]


@app.command("make")
def make(
    kind: Kind,
    slug: Slug,
    output: Annotated[Path | None, typer.Option(help="存为 PNG 文件 · save as a PNG")] = None,
    size: Annotated[
        int, typer.Option(help="像素 · pixels", min=SMALLEST_SIZE, max=LARGEST_SIZE)
    ] = 1000,
    again: Annotated[bool, typer.Option("--again", help="重新生成 · make another one")] = False,
    json: Json = False,
) -> None:
    """请微信生成码或链接，已有的直接给出 · Have WeChat make one, unless one is kept."""
    if output is not None:
        require_writable(output)
    made = asyncio.run(_make(kind, slug, again=again))
    if output is not None:
        write_file(output, pictures.png(made, style=Style(size=size)))
    if json:
        print_json(_row(made))
        return
    typer.echo(made.url or made.scene)


@app.command("list")
def list_codes(json: Json = False) -> None:
    """列出微信生成的码 · List what WeChat has made, and until when it works."""
    rows = [_row(code) for code in asyncio.run(_every())]
    if json:
        print_json(rows)
        return
    for row in rows:
        until = row["expires_at"] or "—"
        state = row["refusal"] or ("" if row["made_at"] else "?")
        typer.echo(f"{row['slug']:32} {row['kind']:18} {until!s:32} {state}")


@app.command("remove")
def remove(kind: Kind, slug: Slug) -> None:
    """不再提供和续期，已印出的照常可用 · Neither give it out nor renew it any more."""
    asyncio.run(_remove(kind, slug))


@app.command("read")
def read(
    scene: Annotated[str, typer.Argument(help="场景值 · such as d=ps-v4-draft")], json: Json = False
) -> None:
    """说明场景值会打开什么 · Tell what a mini-program code with this scene opens now."""
    found = asyncio.run(_read(scene))
    if json:
        print_json(found)
        return
    typer.echo("  ".join(str(value) for value in found.values() if value))


async def _make(kind: WeChatCodeKind, slug: str, *, again: bool) -> WeChatCode:
    chosen = settings.load()
    now = installation_clock(chosen)()
    async with opened(chosen) as database, doors(chosen, database) as open_doors:
        await issuing.issue(database, open_doors, kind=kind, slug=slug, now=now, again=again)
        async with database.snapshot() as db:
            return await keeping.current(db, kind=kind, slug=slug, now=now)


async def _every() -> list[WeChatCode]:
    async with opened() as database, database.snapshot() as db:
        return await keeping.every(db)


async def _remove(kind: WeChatCodeKind, slug: str) -> None:
    async with opened() as database, database.transaction() as db:
        await keeping.remove(db, kind=kind, slug=slug)


async def _read(scene: str) -> dict[str, str | None]:
    chosen = settings.load()
    async with opened(chosen) as database, database.snapshot() as db:
        place = await places.of_scene(db, text=scene, now=installation_clock(chosen)())
    return {
        "link": place.destination.slug,
        "channel": place.channel,
        "page": place.page,
        "query": place.query,
        "address": place.destination.address,
    }


def _row(code: WeChatCode) -> dict[str, Any]:
    names = ("slug", "kind", "scene", "url", "made_at", "expires_at", "refused_at", "refusal")
    return {name: getattr(code, name) for name in names}
