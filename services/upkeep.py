"""Upkeep: taking away what has served its time."""

from datetime import timedelta

from services import attempts, idempotency, visitors
from services.feedback import attachments, drafts
from services.feedback_forms import importing
from services.jobs import Kind, Run, Schedule
from services.registrations import recovery
from services.runtime.clock import utc_now
from services.staff_accounts import sessions as staff_sessions

TIDY = "tidy"

SCHEDULES = (Schedule(kind=TIDY, every=timedelta(hours=1)),)


def kinds() -> list[Kind]:
    """Give the kinds of job of this feature."""
    return [Kind(name=TIDY, run=tidy)]


async def tidy(run: Run) -> None:
    """Take away logins that are over, answers that nobody will ask for again, and the like.

    All go by the machine's time, but for the drafts of rounds that have closed.
    """
    now = utc_now()
    async with run.closing() as db:
        await visitors.forget_expired(db, now=now)
        await staff_sessions.forget_expired(db, now=now)
        await idempotency.forget_old(db, now=now)
        await attachments.forget_unsent(db, now=now)
        await attempts.forget_old(db, now=now)
        await drafts.forget_closed(db, now=run.now)
        await importing.forget_old(db, now=now)
        await recovery.forget_old(db, machine_now=now)
