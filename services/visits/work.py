"""The jobs of visits."""

from datetime import timedelta

from services import jobs
from services.jobs import Kind, Run, Schedule
from services.visits import devices

COUNT = "count_visitors"

SCHEDULES = (Schedule(kind=COUNT, every=timedelta(minutes=15)),)


def kinds() -> list[Kind]:
    """Give the kinds of job of this feature."""
    return [Kind(name=COUNT, run=count)]


async def count(run: Run) -> None:
    """Count the devices of the days that are over, and throw away what told them apart."""
    async with run.closing() as db:
        if await devices.count_days(db, now=run.now):
            await jobs.enqueue(db, jobs.EMPTY_LOG, key=jobs.EMPTY_LOG)
