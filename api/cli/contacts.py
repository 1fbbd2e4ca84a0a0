"""`asi contacts`: the codes behind contact cards, and taking cards back at once."""

import asyncio
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.instants import instant
from api.cli.output import Json, opened, print_json
from api.urls import Urls
from services import contact_cards, recognition
from services.contact_cards import ListedCard, codes, pictures
from services.contact_cards.refusals import PictureUnreadable
from services.recognition import Verdict
from services.runtime import settings
from services.runtime.clock import installation_clock

app = typer.Typer(help="联络名片 · contact cards", no_args_is_help=True)

Slug = Annotated[str, typer.Argument(help="名片代码 · the card's slug")]
Channel = Annotated[
    str, typer.Option(help="只针对这种联络方式 · only this channel, by its key in contacts.toml")
]
File = Annotated[Path, typer.Argument(help="图片 · the picture, PNG or JPEG")]


@app.command("list")
def list_cards(json: Json = False) -> None:
    """列出名片、联络方式和二维码的有效期 · List cards, channels and until when codes are good."""
    rows = asyncio.run(_list())
    if json:
        print_json(rows)
        return
    for row in rows:
        over = f" → {row['replaced_by']}" if row["replaced_by"] else ""
        typer.echo(f"{row['card']}{over or (' (withdrawn)' if row['withdrawn_at'] else '')}")
        for item in row["channels"]:
            detail = item["value"] or item["valid_until"] or ""
            typer.echo(f"  {item['state']:10} {item['kind']:16} {item['channel']:20} {detail}")


@app.command("picture")
def put_picture(
    file: File,
    card: Annotated[str, typer.Option(help="名片代码 · the card's slug")],
    channel: Annotated[
        str,
        typer.Option(help="哪种联络方式，只有一种时可不写 · which channel, if there are several"),
    ] = "",
    valid_until: Annotated[
        datetime | None,
        typer.Option(
            parser=instant,
            metavar="INSTANT",
            help="图片上写的有效期；群二维码不写则按 7 天计 · when WeChat stops taking it, "
            "2026-03-09T00:00+08:00; a group's lasts 7 days unless told",
        ),
    ] = None,
    json: Json = False,
) -> None:
    """放入微信二维码图片 · Put a WeChat code in; the one before ends at once."""
    address = asyncio.run(_put(file, card, channel, valid_until))
    if json:
        print_json({"url": address})
    else:
        typer.echo(address)


@app.command("withdraw")
def withdraw(card: Slug, channel: Channel = "") -> None:
    """立即撤下名片或一种联络方式 · Take back a card or a channel; its pictures are erased."""
    asyncio.run(_withdraw(card, channel))


@app.command("restore")
def restore(card: Slug, channel: Channel = "") -> None:
    """重新启用 · Offer a card or a channel again; a picture has to be put in anew."""
    asyncio.run(_restore(card, channel))


@app.command("replace")
def replace(
    card: Slug,
    successor: Annotated[str, typer.Argument(help="取代它的名片 · the card that is real now")],
) -> None:
    """更换名片 · Let an old card's printed code say that it was replaced, and by whom."""
    asyncio.run(_replace(card, successor))


@app.command("check")
def check(file: File, json: Json = False) -> None:
    """核对照片中的二维码是否为我们所发 · Tell whether the code in a photograph is one of ours."""
    found = asyncio.run(_check(file))
    if json:
        print_json(found)
    else:
        typer.echo("  ".join(str(value) for value in found.values() if value))
    if found["verdict"] != Verdict.OURS:
        raise typer.Exit(1)


async def _list() -> list[dict[str, Any]]:
    chosen = settings.load()
    now = installation_clock(chosen)()
    async with opened(chosen) as database, database.snapshot() as db:
        return [_row(listed) for listed in await contact_cards.overview(db, now=now)]


def _row(listed: ListedCard) -> dict[str, Any]:
    card = listed.card
    return {
        "card": card.slug,
        "withdrawn_at": card.withdrawn_at,
        "replaced_by": listed.successor or None,
        "channels": [
            {
                "channel": item.channel.key,
                "kind": item.channel.kind.value,
                "state": item.state.value,
                "value": item.channel.value,
                "version": item.picture.version if item.picture else None,
                "valid_until": item.picture.valid_until if item.picture else None,
            }
            for item in listed.channels
        ],
    }


async def _put(file: Path, slug: str, key: str, valid_until: datetime | None) -> str:
    chosen = settings.load()
    now = installation_clock(chosen)()
    content = _content(file)
    async with opened(chosen) as database:
        async with database.snapshot() as db:
            card = await contact_cards.by_slug(db, slug=slug)
            channel = await pictures.channel(db, card=card, key=key)
        cut = codes.cut(content, kind=channel.kind)
        async with database.transaction() as db:
            kept = await pictures.channel(db, card=card, key=channel.key)
            added = await pictures.put(db, channel=kept, cut=cut, valid_until=valid_until, now=now)
            return Urls(chosen.public_url).contact_picture(added.sha256)


async def _withdraw(slug: str, key: str) -> None:
    chosen = settings.load()
    now = installation_clock(chosen)()
    async with opened(chosen) as database, database.transaction() as db:
        await contact_cards.withdraw(db, slug=slug, key=key, now=now)


async def _restore(slug: str, key: str) -> None:
    async with opened() as database, database.transaction() as db:
        await contact_cards.restore(db, slug=slug, key=key)


async def _replace(slug: str, successor: str) -> None:
    chosen = settings.load()
    now = installation_clock(chosen)()
    async with opened(chosen) as database, database.transaction() as db:
        await contact_cards.replace(db, slug=slug, successor=successor, now=now)


async def _check(file: Path) -> dict[str, Any]:
    chosen = settings.load()
    now = installation_clock(chosen)()
    text = codes.read(_content(file))
    bases = [urls.base for urls in Urls.every(chosen)]
    async with opened(chosen) as database, database.snapshot() as db:
        found = await recognition.recognise(db, text=text, bases=bases, now=now)
    return asdict(found)


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise PictureUnreadable from error
