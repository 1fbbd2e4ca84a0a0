"""`asi feedback`: what waits for a person after the content checks, and what they decide."""

import asyncio
from enum import StrEnum
from typing import Annotated, Any

import typer

from api.cli.output import Json, opened, print_json
from services.feedback import reviewing
from services.feedback.reviewing import Held
from services.runtime import settings
from services.runtime.clock import installation_clock

app = typer.Typer(help="意见 · feedback", no_args_is_help=True)


class Decision(StrEnum):
    """What a person thinks of it."""

    PASS = "pass"  # noqa: S105 - a word, not a secret
    RISKY = "risky"


@app.command("held")
def list_held(json: Json = False) -> None:
    """列出待人工审核的意见 · List what waits for a person, the oldest first."""
    rows = asyncio.run(_held())
    if json:
        print_json(rows)
        return
    for row in rows:
        reasons = " ".join(row["waits"])
        typer.echo(f"{row['receipt']}  {row['section']}  {reasons}\n  {row['comment'] or ''}")


@app.command("decide")
def decide(
    receipt: Annotated[str, typer.Argument(help="回执编号 · the receipt")],
    decision: Annotated[Decision, typer.Argument(help="通过 pass，不宜公开 risky")],
) -> None:
    """记录人工审核结果 · Write down what a person thinks of an item's text and files."""
    asyncio.run(_decide(receipt, decision))


async def _held() -> list[dict[str, Any]]:
    async with opened() as database, database.snapshot() as db:
        return [_row(one) for one in await reviewing.held(db)]


async def _decide(receipt: str, decision: Decision) -> None:
    chosen = settings.load()
    async with opened(chosen) as database, database.transaction() as db:
        passed, now = decision is Decision.PASS, installation_clock(chosen)()
        await reviewing.decide(db, receipt=receipt, passed=passed, now=now)


def _row(one: Held) -> dict[str, Any]:
    said = one.version
    checks = ([("text", one.text)] if one.text else []) + [("file", file) for file in one.files]
    return {
        "receipt": one.item.receipt,
        "submitted_at": one.item.submitted_at,
        "section": f"{said.standard} {said.version} {said.section}",
        "comment": said.comment,
        "waits": [
            f"{kind}:{check.verdict}:{check.reason}" for kind, check in checks if check.reason
        ],
    }
