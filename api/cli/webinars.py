"""`asi webinars`: how many seats they have, and how many are taken."""

import asyncio
from typing import Annotated, Any

import typer

from api.cli.output import Json, opened, print_json
from models.vocabulary import RegistrationState
from services import consultations, registrations, webinars
from services.runtime import settings
from services.runtime.clock import installation_clock

app = typer.Typer(help="网络研讨会 · webinars", no_args_is_help=True)


@app.command("list")
def list_webinars(json: Json = False) -> None:
    """列出研讨会和报名人数 · List the current round's webinars and their registrations."""
    rows = asyncio.run(_list())
    if json:
        print_json(rows)
        return
    for row in rows:
        typer.echo("  ".join(f"{name}: {value}" for name, value in row.items()))


@app.command("set")
def set_webinar(
    slug: Annotated[str, typer.Argument(help="研讨会代码 · the webinar's slug")],
    seats: Annotated[int, typer.Option(min=1, max=100_000, help="名额 · number of seats")],
) -> None:
    """设置名额 · Set the number of seats; those in line move up, nobody loses a seat."""
    typer.echo(asyncio.run(_set(slug, seats)))


async def _list() -> list[dict[str, Any]]:
    now = installation_clock(settings.load())()
    async with opened() as database, database.snapshot() as db:
        consultation = await consultations.current(db, now=now)
        counts = await registrations.counts(db)
        return [
            {
                "slug": webinar.slug,
                "starts_at": webinar.starts_at.isoformat(),
                "seats": webinar.seats,
            }
            | {state.value: counts.get(webinar.id, {}).get(state, 0) for state in RegistrationState}
            for webinar in await webinars.of_round(db, consultation=consultation)
        ]


async def _set(slug: str, seats: int) -> str:
    now = installation_clock(settings.load())()
    async with opened() as database, database.transaction() as db:
        webinar = await registrations.set_seats(db, slug=slug, seats=seats, now=now)
        return f"{webinar.slug}: {webinar.seats}"
