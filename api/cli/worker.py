"""`asi worker`: runs background jobs beside the serving processes; PostgreSQL only."""

import asyncio
import signal
from contextlib import ExitStack
from datetime import datetime
from typing import Annotated

import typer

from api import background
from api.cli.output import opened
from api.cli.serve import AddressUnusable
from services.errors import CannotStart
from services.runtime import logging, settings
from services.runtime.clock import Clock, OffsetClock, installation_clock
from services.runtime.database import sqlite_file
from services.runtime.settings import Settings
from services.runtime.telemetry import Metrics


class WorkerNotNeeded(CannotStart):
    """On SQLite the serving process runs the jobs itself."""

    code = "worker_not_needed"


def worker(
    metrics_port: Annotated[
        int | None, typer.Option(help="指标端口 · port for Prometheus", min=1, max=65535)
    ] = None,
    metrics_host: Annotated[
        str, typer.Option(help="指标地址 · address for Prometheus")
    ] = "127.0.0.1",
) -> None:
    """运行后台任务，直到停止 · Run background jobs until stopped; as many of these as you like."""
    chosen = settings.load()
    logging.configure(json=chosen.production)
    if sqlite_file(chosen.database):
        raise WorkerNotNeeded
    metrics = Metrics()
    with ExitStack() as stack:
        if metrics_port is not None:
            try:
                stack.enter_context(metrics.shown(host=metrics_host, port=metrics_port))
            except OSError as error:
                reason = error.strerror or str(error)
                raise AddressUnusable(
                    host=metrics_host, port=metrics_port, reason=reason
                ) from error
        asyncio.run(_work(chosen, metrics))


async def _work(chosen: Settings, metrics: Metrics) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with opened(chosen) as database, background.doors(chosen, database) as doors:
        clock = _followed(installation_clock(chosen))
        runner = background.runner(chosen, database, doors=doors, clock=clock)
        background.watch(metrics, doors)
        metrics.watch(words={"asi_jobs": lambda: runner.outcomes})
        await runner.run(stop)


def _followed(clock: Clock) -> Clock:
    """Give a clock that takes notice when another process moves it, as `asi demo clock` does."""

    def ask() -> datetime:
        if isinstance(clock, OffsetClock):
            clock.refresh()
        return clock()

    return ask
