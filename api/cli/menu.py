"""`asi menu`: the official account's menu, compared and put in force."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict

import typer

from api.background import doors
from api.cli.output import Json, opened, print_json
from api.urls import Urls
from services import menus
from services.menus import Buttons, Difference
from services.runtime import settings
from services.runtime.clock import installation_clock
from services.runtime.settings import Settings
from services.wechat.gateway import OfficialAccount

app = typer.Typer(help="公众号菜单 · official account menu", no_args_is_help=True)


@app.command("diff")
def diff(json: Json = False) -> None:
    """比较内容包与微信中的菜单 · Compare the pack's menu with WeChat's."""
    _print(asyncio.run(_with_menus(settings.load(), _nothing)), json=json)


@app.command("push")
def push(json: Json = False) -> None:
    """发布内容包的菜单 · Put the pack's menu in force; phones show it within 5 minutes."""
    _print(asyncio.run(push_with(settings.load())), json=json)


async def push_with(chosen: Settings) -> list[Difference]:
    """Put the current round's menu in force where WeChat's differs; give the differences.

    Raises:
        AccountMissing, MenuNotWritten, WeChatError
    """
    return await _with_menus(chosen, _put)


async def _with_menus(
    chosen: Settings, deed: Callable[[OfficialAccount, Buttons], Awaitable[None]]
) -> list[Difference]:
    now, urls = installation_clock(chosen)(), Urls(chosen.public_url)
    async with opened(chosen) as database, doors(chosen, database) as open_doors:
        door = open_doors.required_official_account()
        async with database.snapshot() as db:
            wanted = await menus.wanted(db, now=now, link=urls.in_menu)
        found = menus.differences(wanted, await door.menu())
        if found:
            await deed(door, wanted)
    return found


async def _nothing(_door: OfficialAccount, _wanted: Buttons) -> None:
    """Leave everything as it is."""


async def _put(door: OfficialAccount, wanted: Buttons) -> None:
    await door.set_menu(wanted)


def _print(found: list[Difference], *, json: bool) -> None:
    if json:
        print_json([asdict(item) for item in found])
        return
    for item in found:
        typer.echo(item.place)
        typer.secho(f"  - {item.current}", fg="red")
        typer.secho(f"  + {item.wanted}", fg="green")
