"""`asi webinars`: their seats and who takes them, registration, meeting and what is left."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import typer

from api import background
from api.cli.instants import instant
from api.cli.output import Json, opened, print_json
from models.vocabulary import RegistrationState
from services import consultations, registrations, webinars
from services.registrations import joining
from services.runtime import settings
from services.runtime.clock import installation_clock
from services.webinars import Adjustments

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


def _time(help_text: str) -> Any:  # noqa: ANN401 - what typer makes of a parameter
    shown = f"{help_text}, 2026-03-09T15:30+08:00"
    return typer.Option(parser=instant, metavar="INSTANT", help=shown)


def _address(help_text: str) -> Any:  # noqa: ANN401 - as above
    return typer.Option(metavar="URL", help=help_text)


@app.command("set")
def set_webinar(
    slug: Annotated[str, typer.Argument(help="研讨会代码 · the webinar's slug")],
    *,
    seats: Annotated[
        int | None, typer.Option(min=1, max=100_000, help="名额 · number of seats")
    ] = None,
    opens_at: Annotated[datetime | None, _time("报名开放 · registration opens")] = None,
    closes_at: Annotated[datetime | None, _time("报名截止 · registration closes")] = None,
    join_url: Annotated[
        str | None, _address("参会链接，仅报名成功者可见 · the meeting, for those with a seat")
    ] = None,
    join_from: Annotated[datetime | None, _time("何时显示参会链接 · shown from")] = None,
    replay_url: Annotated[str | None, _address("回放 · the recording")] = None,
    slides_url: Annotated[str | None, _address("演示文稿 · the slides")] = None,
    notes_url: Annotated[str | None, _address("问答记录 · questions and answers")] = None,
) -> None:
    """设置研讨会 · Set what a webinar has. An empty address takes it away.

    With more seats those in line move up; with fewer nobody loses one.
    """
    adjustments = Adjustments(
        registration_opens_at=opens_at,
        registration_closes_at=closes_at,
        replay_url=replay_url,
        slides_url=slides_url,
        notes_url=notes_url,
    )
    typer.echo(asyncio.run(_set(slug, seats, _Meeting(join_url, join_from), adjustments)))


@dataclass(frozen=True)
class _Meeting:
    url: str | None
    shown_from: datetime | None


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
                "registration": webinars.registration_phase(webinar, now).value,
                "join_link": webinar.sealed_join_url is not None,
                "join_from": webinar.join_from.isoformat() if webinar.join_from else None,
            }
            | {state.value: counts.get(webinar.id, {}).get(state, 0) for state in RegistrationState}
            for webinar in await webinars.of_round(db, consultation=consultation)
        ]


async def _set(slug: str, seats: int | None, meeting: _Meeting, adjustments: Adjustments) -> str:
    chosen = settings.load()
    now = installation_clock(chosen)()
    async with opened(chosen) as database, database.transaction() as db:
        webinar = await webinars.adjust(db, slug=slug, adjustments=adjustments)
        await joining.set_link(
            db,
            slug=slug,
            url=meeting.url,
            shown_from=meeting.shown_from,
            sealer=background.sealer(chosen),
        )
        if seats is not None:
            await registrations.set_seats(db, slug=slug, seats=seats, now=now)
        return f"{webinar.slug}: {webinar.seats}"
