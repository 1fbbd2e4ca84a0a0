"""`asi links`: where short links lead."""

import asyncio
from typing import Annotated, Any

import typer

from api.cli import link_health, link_rules
from api.cli.output import Json, opened, print_json
from models import ShortLink
from services import short_links, visits

app = typer.Typer(help="短链接 · short links", no_args_is_help=True)
link_health.add_to(app)
link_rules.add_to(app)

Slug = Annotated[str, typer.Argument(help="短链接代码 · the link's slug")]


@app.command("list")
def list_links(json: Json = False) -> None:
    """列出短链接 · List all links and where they lead."""
    rows = asyncio.run(_list())
    if json:
        print_json(rows)
        return
    for row in rows:
        off = " (disabled)" if row["disabled"] else ""
        typer.echo(f"/r/{row['slug']:32} {row['target_kind']:5} {row['target'] or ''}{off}")


@app.command("set")
def set_target(
    slug: Slug,
    target: Annotated[str, typer.Argument(help="路径或 https 地址 · path or https")],
) -> None:
    """更改链接的去向 · Let a link lead elsewhere, at once."""
    asyncio.run(_set(slug, target))


@app.command("disable")
def disable(slug: Slug) -> None:
    """停用链接 · Switch a link off."""
    asyncio.run(_disable(slug, disabled=True))


@app.command("enable")
def enable(slug: Slug) -> None:
    """重新启用链接 · Switch a link on again."""
    asyncio.run(_disable(slug, disabled=False))


@app.command("visits")
def show_visits(slug: Slug, json: Json = False) -> None:
    """查看访问次数 · Show how often a link was followed."""
    rows = asyncio.run(_visits(slug))
    if json:
        print_json(rows)
        return
    for row in rows:
        typer.echo("  ".join(str(value) for value in row.values()))


async def _list() -> list[dict[str, Any]]:
    async with opened() as database, database.snapshot() as db:
        return [_row(link) for link in await short_links.every(db)]


def _row(link: ShortLink) -> dict[str, Any]:
    return {
        "slug": link.slug,
        "target_kind": link.target_kind.value,
        "target": link.target,
        "disabled": link.disabled,
        "expires_at": link.expires_at,
        "title": link.title.zh,
    }


async def _set(slug: str, target: str) -> None:
    async with opened() as database, database.transaction() as db:
        await short_links.set_target(db, slug=slug, target=target)


async def _disable(slug: str, *, disabled: bool) -> None:
    async with opened() as database, database.transaction() as db:
        await short_links.set_disabled(db, slug=slug, disabled=disabled)


async def _visits(slug: str) -> list[dict[str, Any]]:
    async with opened() as database, database.snapshot() as db:
        link = await short_links.by_slug(db, slug=slug)
        return [
            {
                "day_on": row.day_on.isoformat(),
                "channel": row.channel,
                "code": row.code,
                "client": row.client.value,
                "kind": row.kind.value,
                "visits": row.visits,
            }
            for row in await visits.totals(db, slug=link.slug)
        ]
