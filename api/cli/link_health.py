"""`asi links health`, `check`, `accept`: whether addresses outside still give what they should."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from api.cli.output import Json, opened, print_json
from models import LinkCheck
from models.vocabulary import Language, LinkOutcome
from services import link_health, mirror, texts
from services.link_health import Health
from services.runtime import settings
from services.runtime.clock import installation_clock

BEIJING = ZoneInfo("Asia/Shanghai")

Lang = Annotated[Language, typer.Option(help="语言 · language")]
Everything = Annotated[bool, typer.Option("--all", help="也列出正常的 · good ones too")]
Address = Annotated[
    str,
    typer.Argument(help="地址，或 documents/SLUG、links/SLUG 等 · address or place"),
]


def add_to(app: typer.Typer) -> None:
    """Give these commands to `asi links`."""
    app.command("health")(health)
    app.command("check")(check)
    app.command("accept")(accept)


def health(everything: Everything = False, lang: Lang = Language.ZH, json: Json = False) -> None:
    """查看外部地址是否正常 · Show how the addresses outside were when looked at last."""
    found = asyncio.run(_report())
    if json:
        print_json([_row(item) for item in found])
        return
    shown = [item for item in found if everything or needs_staff(item)]
    for item in shown:
        _print(item, lang)
    if not shown:
        typer.echo(summary(found, lang))


def check(
    address: Annotated[
        str, typer.Argument(help="只查这一个，默认查全部 · only this one; else all")
    ] = "",
    lang: Lang = Language.ZH,
    json: Json = False,
) -> None:
    """立即检查外部地址 · Look at the addresses outside now."""
    found = asyncio.run(_check(address))
    if json:
        print_json([_row(item) for item in found])
        return
    for item in found:
        _print(item, lang)


def accept(address: Address) -> None:
    """认可变化后的文件 · Take the changed file for the right one from now on."""
    asyncio.run(_accept(address))


def summary(found: Sequence[Health], language: Language) -> str:
    """Say that nothing is wrong, as far as anybody has looked."""
    unchecked = sum(item.check is None for item in found)
    key = "partly_checked" if unchecked else "fine"
    return texts.say(f"link_health.{key}", language, count=len(found), unchecked=unchecked)


def needs_staff(item: Health) -> bool:
    """Tell whether there is something to look at: also what failed once, just now."""
    return not item.standing.fine or (item.check is not None and item.check.failures > 0)


def sentences(item: Health, language: Language) -> list[str]:
    """Say how an address is, and what to do."""
    known, standing = item.check, item.standing
    if known is None:
        return [texts.say("link_health.unchecked", language)]
    said = []
    if known.failing_since:
        key = "failing" if standing.failing else "wavering"
        since = known.failing_since.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M")
        said.append(
            texts.say(f"link_health.{key}", language, since=since, reason=_reason(known, language))
        )
    if standing.changed:
        said.append(texts.say("link_health.changed", language))
    if standing.moved_to:
        said.append(texts.say("link_health.moved", language, address=standing.moved_to))
    return said or [texts.say("link_health.good", language)]


def _reason(known: LinkCheck, language: Language) -> str:
    return texts.say(
        f"link_health.{known.outcome.value}",
        language,
        status=known.status or "",
        limit=mirror.LARGEST // 1024 // 1024,
    )


def _print(item: Health, language: Language) -> None:
    needed = needs_staff(item)
    mark = "✗" if needed else "✓"
    typer.secho(f"{mark} {item.target.address}", fg="red" if needed else None)
    typer.echo(f"  {', '.join(item.target.uses)}")
    for sentence in sentences(item, language):
        typer.echo(f"  {sentence}")


def _row(item: Health) -> dict[str, Any]:
    known = item.check
    names = (
        "outcome status checked_at good_at failures failing_since content_type size_bytes sha256"
    )
    return {
        "address": item.target.address,
        "uses": item.target.uses,
        "failing": item.standing.failing,
        "changed": item.standing.changed,
        "moved_to": item.standing.moved_to,
        "copy_sha256": item.target.copy_sha256,
        **{name: _plain(getattr(known, name, None)) for name in names.split()},
    }


def _plain(value: object) -> object:
    return value.value if isinstance(value, LinkOutcome) else value


async def _report() -> list[Health]:
    chosen = settings.load()
    async with opened(chosen) as database, database.snapshot() as db:
        return await link_health.report(db, now=installation_clock(chosen)())


async def _check(name: str) -> list[Health]:
    chosen = settings.load()
    now = installation_clock(chosen)()
    async with opened(chosen) as database:
        async with database.snapshot() as db:
            known = await link_health.report(db, now=now)
        wanted = [link_health.named(known, name=name)] if name else known
        asked = [item.target for item in wanted]
        await link_health.check_now(database, asked, now=now)
        async with database.snapshot() as db:
            after = await link_health.report(db, now=now)
    return [item for item in after if item.target in asked]


async def _accept(name: str) -> None:
    chosen = settings.load()
    async with opened(chosen) as database, database.transaction() as db:
        known = await link_health.report(db, now=installation_clock(chosen)())
        found = link_health.named(known, name=name)
        await link_health.accept(db, address=found.target.address)
