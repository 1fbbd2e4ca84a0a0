"""`asi audit`: what was done by whom, and whether the log is as it was written."""

import asyncio
from typing import Annotated, Any

import typer

from api.cli.output import Json, opened, print_json
from models import AuditEntry
from services import audit
from services.errors import Unavailable

app = typer.Typer(help="操作记录 · audit log", no_args_is_help=True)


class AuditBroken(Unavailable):
    """The audit log was changed after it was written."""

    code = "audit_broken"


@app.command("show")
def show(
    most: Annotated[int, typer.Option(help="条数 · how many", min=1, max=1000)] = 50,
    json: Json = False,
) -> None:
    """显示最近的操作 · Show what was done last."""
    rows = asyncio.run(_entries(most))
    if json:
        print_json(rows)
        return
    for row in rows:
        details = " ".join(f"{name}={value}" for name, value in row["details"].items())
        typer.echo(f"{row['at']}  {row['actor']}  {row['act']}  {row['subject']}  {details}")


@app.command("verify")
def verify() -> None:
    """核对操作记录是否被改动 · Check that nothing in the log was changed or removed."""
    fault = asyncio.run(_first_fault())
    if fault is not None:
        raise AuditBroken(position=fault)
    typer.echo("操作记录完整 · the audit log is complete")


async def _entries(most: int) -> list[dict[str, Any]]:
    async with opened() as database, database.snapshot() as db:
        return [_row(entry) for entry in await audit.entries(db, most=most)]


async def _first_fault() -> int | None:
    async with opened() as database, database.snapshot() as db:
        return await audit.first_fault(db)


def _row(entry: AuditEntry) -> dict[str, Any]:
    return {
        "position": entry.position,
        "at": entry.at,
        "actor": entry.actor,
        "act": entry.act,
        "subject": entry.subject,
        "details": entry.details,
    }
