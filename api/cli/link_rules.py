"""`asi links explain`: where a link would lead whom, when, and why."""

import asyncio
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from api.cli.output import Json, opened, print_json
from models import LinkRule
from models.vocabulary import ClientKind, Language
from services import clients, short_links, texts
from services.errors import Refusal
from services.runtime import settings
from services.runtime.clock import installation_clock
from services.short_links import Destination, Explanation

BEIJING = ZoneInfo("Asia/Shanghai")


def add_to(app: typer.Typer) -> None:
    """Put the command beside the others of `asi links`."""
    app.command("explain")(explain)


def _instant(value: str) -> datetime:
    try:
        found = datetime.fromisoformat(value)
    except ValueError as error:
        raise typer.BadParameter(value) from error
    return found if found.tzinfo else found.replace(tzinfo=BEIJING)


def explain(
    slug: Annotated[str, typer.Argument(help="短链接或渠道码 · slug of a link or printed code")],
    *,
    at: Annotated[
        datetime | None,
        typer.Option(
            parser=_instant,
            metavar="INSTANT",
            help="何时，不写即此刻，不带时区即北京时间 · when, else now; in Beijing "
            "unless it has an offset: 2026-04-21T09:00",
        ),
    ] = None,
    client: Annotated[
        ClientKind, typer.Option(help="用什么打开 · by what kind of client")
    ] = ClientKind.WECHAT,
    agent: Annotated[
        str, typer.Option(help="用这个 User-Agent 打开 · by the client with this user agent")
    ] = "",
    json: Json = False,
) -> None:
    """试算链接会去往哪里、为什么 · Say where a link would lead, and why; counts nothing."""
    kind = clients.kind(agent) if agent else client
    explained = asyncio.run(_explained(slug, at, kind))
    if json:
        print_json(_as_json(explained))
        return
    situation = explained.situation
    moment = situation.now.astimezone(BEIJING).isoformat(timespec="seconds")
    typer.echo(f"/r/{slug} · {moment} · {situation.state or '-'} · {kind.value}")
    for rule, misfits in explained.considered:
        verdict = _both(*misfits) if misfits else _both("fits")
        chosen = " ←" if rule is explained.chosen else ""
        typer.echo(f"  {rule.key}: {_target(rule)}: {verdict}{chosen}")
    if explained.chosen is None:
        typer.echo(f"  {_both('own_target')}")
    typer.echo(f"→ {_outcome(explained.outcome)}")


async def _explained(slug: str, at: datetime | None, client: ClientKind) -> Explanation:
    chosen = settings.load()
    now = at or installation_clock(chosen)()
    async with opened(chosen) as database, database.snapshot() as db:
        return await short_links.explain(db, slug=slug, now=now, client=client)


def _both(*keys: str) -> str:
    said = (
        texts.say("pages.list_separator", language).join(
            texts.say(f"link_rules.{key}", language) for key in keys
        )
        for language in Language
    )
    return " · ".join(said)


def _target(rule: LinkRule) -> str:
    return f"{rule.target_kind.value} {rule.target or ''}".rstrip()


def _outcome(outcome: Destination | Refusal) -> str:
    if isinstance(outcome, Destination):
        return outcome.address
    return " · ".join(outcome.sentence(language) for language in Language)


def _as_json(explained: Explanation) -> dict[str, Any]:
    outcome = explained.outcome
    refusal = outcome if isinstance(outcome, Refusal) else None
    destination = outcome if isinstance(outcome, Destination) else None
    return {
        "link": explained.link.slug,
        "code": explained.code.slug if explained.code else None,
        "client": explained.situation.client.value,
        "state": explained.situation.state,
        "at": explained.situation.now.isoformat(),
        "rules": [
            {"key": rule.key, "target": _target(rule), "misfits": [item.value for item in misfits]}
            for rule, misfits in explained.considered
        ],
        "chosen": explained.chosen.key if explained.chosen else None,
        "address": destination.address if destination else None,
        "refusal": refusal.code if refusal else None,
    }
