"""The jobs of privacy."""

import asyncio
from datetime import timedelta

from services import jobs
from services.conversations import text_index
from services.jobs import Kind, Retry, Run, Schedule
from services.privacy import retention

AGAIN = timedelta(seconds=1)
IN_USE = "log_in_use"
"""Why the log could not be emptied: somebody reads from it, for a moment."""

TRIES = 40
PAUSE_SECONDS = 0.05
"""Between two tries, of which each waits for nobody."""

RETAIN = "take_away_past_retention"

SCHEDULES = (Schedule(kind=RETAIN, every=timedelta(days=1)),)

MOST_BATCHES = 200
"""In one run; the next day's goes on."""


def kinds() -> list[Kind]:
    """Give the kinds of job of this feature."""
    return [
        Kind(name=jobs.EMPTY_LOG, run=empty_log, timeout=text_index.LONGEST),
        Kind(name=RETAIN, run=retain, timeout=timedelta(minutes=10)),
    ]


async def empty_log(run: Run) -> None:
    """Empty SQLite's index of texts and its log of what was erased, after all that was before."""
    await text_index.settle(run.database)
    for _ in range(TRIES):
        if await run.database.truncate_log():
            async with run.closing():
                return
        # Whoever reads is done in a moment, and may want to write meanwhile.
        await asyncio.sleep(PAUSE_SECONDS)
    raise Retry(IN_USE, after=AGAIN)


async def retain(run: Run) -> None:
    """Take away what is past its period, batch by batch."""
    for _ in range(MOST_BATCHES):
        async with run.step() as db:
            taken = await retention.take(db, now=run.now)
        if not any(taken.values()):
            break
    async with run.closing() as db:
        await jobs.enqueue(db, jobs.EMPTY_LOG, key=jobs.EMPTY_LOG)
