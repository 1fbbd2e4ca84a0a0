"""`asi worker`: runs background jobs beside the serving processes; PostgreSQL only."""

import asyncio
import signal
from datetime import datetime

from api import background
from api.cli.output import opened
from services.errors import CannotStart
from services.runtime import logging, settings
from services.runtime.clock import Clock, OffsetClock, installation_clock
from services.runtime.database import sqlite_file
from services.runtime.settings import Settings


class WorkerNotNeeded(CannotStart):
    """On SQLite the serving process runs the jobs itself."""

    code = "worker_not_needed"


def worker() -> None:
    """运行后台任务，直到停止 · Run background jobs until stopped; as many of these as you like."""
    chosen = settings.load()
    logging.configure(json=chosen.production)
    if sqlite_file(chosen.database):
        raise WorkerNotNeeded
    asyncio.run(_work(chosen))


async def _work(chosen: Settings) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with opened(chosen) as database, background.doors(chosen, database) as doors:
        clock = _followed(installation_clock(chosen))
        runner = background.runner(chosen, database, doors=doors, clock=clock)
        await runner.run(stop)


def _followed(clock: Clock) -> Clock:
    """Give a clock that takes notice when another process moves it, as `asi demo clock` does."""

    def ask() -> datetime:
        if isinstance(clock, OffsetClock):
            clock.refresh()
        return clock()

    return ask
