"""Upkeep: taking away what has served its time."""

from datetime import timedelta

from services import idempotency, visitors
from services.jobs import Kind, Run, Schedule
from services.runtime.clock import utc_now

TIDY = "tidy"

SCHEDULES = (Schedule(kind=TIDY, every=timedelta(hours=1)),)


def kinds() -> list[Kind]:
    """Give the kinds of job of this feature."""
    return [Kind(name=TIDY, run=tidy)]


async def tidy(run: Run) -> None:
    """Take away logins that are over and answers that nobody will ask for again.

    Both go by the machine's time.
    """
    now = utc_now()
    async with run.closing() as db:
        await visitors.forget_expired(db, now=now)
        await idempotency.forget_old(db, now=now)
