"""`asi jobs`: background jobs that are not done, and what to do with those that were given up."""

import asyncio
from collections.abc import Collection
from dataclasses import asdict
from typing import Annotated, Any

import typer

from api.cli.output import Json, opened, print_json
from models.vocabulary import JobState
from services import jobs
from services.runtime import settings
from services.runtime.clock import installation_clock

app = typer.Typer(help="后台任务 · background jobs", no_args_is_help=True)

Number = Annotated[int, typer.Argument(help="任务编号 · the job's number")]
States = Annotated[list[JobState] | None, typer.Option("--state", help="状态 · only in this state")]


@app.command("list")
def list_jobs(
    state: States = None,
    limit: Annotated[int, typer.Option(help="最多条数 · at most", min=1)] = jobs.LISTED,
    json: Json = False,
) -> None:
    """列出未完成的任务 · List jobs that are not done, oldest first."""
    rows = asyncio.run(_list(state or tuple(JobState), limit))
    if json:
        print_json(rows)
        return
    for row in rows:
        run_at, error = str(row["run_at"] or ""), row["error"] or ""
        typer.echo(f"{row['id']:>8}  {row['state']:8} {row['kind']:24} {run_at:32} {error}")


@app.command("figures")
def show_figures(json: Json = False) -> None:
    """查看任务数量 · Count jobs, and tell for how long the oldest that is due has waited."""
    counted = asyncio.run(_figures())
    if json:
        print_json(counted)
        return
    for name, value in counted.items():
        typer.echo(f"{name:20} {value:g}")


@app.command("retry")
def retry(number: Number) -> None:
    """重试已放弃的任务 · Try a job again that was given up."""
    asyncio.run(_retry(number))


@app.command("cancel")
def cancel(number: Number) -> None:
    """删除未在运行的任务 · Take a job away that is not running."""
    asyncio.run(_cancel(number))


async def _list(states: Collection[JobState], limit: int) -> list[dict[str, Any]]:
    async with opened() as database, database.snapshot() as db:
        return [asdict(job) for job in await jobs.listed(db, states=states, limit=limit)]


async def _figures() -> dict[str, float]:
    now = installation_clock(settings.load())()
    async with opened() as database, database.snapshot() as db:
        return asdict(await jobs.figures(db, now=now))


async def _retry(number: int) -> None:
    async with opened() as database, database.transaction() as db:
        await jobs.retry(db, job_id=number)


async def _cancel(number: int) -> None:
    async with opened() as database, database.transaction() as db:
        await jobs.cancel(db, job_id=number)
