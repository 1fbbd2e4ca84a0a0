"""A process that runs jobs, to be killed: `python -m tests.support.job_worker URL LEDGER LEASE`.

The ledger gets a line for each thing that happens, by the machine's running time: `ready`, and
`begun` with a job's name.
"""

import asyncio
import signal
import sys
import time
from datetime import timedelta
from pathlib import Path

from services import jobs
from services.runtime.clock import utc_now
from services.runtime.database import Database
from tests.support import effects

WORK_SECONDS = 0.03
KIND = "note"


class Ledger:
    """A file that survives whoever writes it: each line is written at once."""

    def __init__(self, file: Path) -> None:
        """Append to what others wrote."""
        self._file = file.open("a", buffering=1, encoding="utf-8")

    def write(self, event: str, name: str = "-") -> None:
        """Write a line."""
        self._file.write(f"{time.monotonic()} {event} {name}\n")


async def main(url: str, ledger: Ledger, lease: timedelta) -> None:
    """Run jobs until told to stop."""

    async def note(run: jobs.Run) -> None:
        name = str(run.payload["name"])
        ledger.write("begun", name)
        await asyncio.sleep(WORK_SECONDS)
        async with run.closing() as db:
            await effects.leave(db, name)

    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    database = Database(url)
    registry = jobs.Registry([jobs.Kind(name=KIND, run=note)])
    ledger.write("ready")
    await jobs.runner(database, registry, clock=utc_now, lease=lease).run(stop)
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Ledger(Path(sys.argv[2])), timedelta(seconds=float(sys.argv[3]))))
