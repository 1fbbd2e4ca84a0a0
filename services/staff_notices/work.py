"""The jobs of staff notices: planning what is due, and sending."""

from datetime import timedelta
from functools import partial
from uuid import UUID

from models.vocabulary import NoticeState
from services.jobs import Kind, Retry, Run, Schedule
from services.staff_notices import planning, sending
from services.staff_notices.ways import Ways

SWEEP = "sweep_staff_notices"
SWEEP_EVERY = timedelta(minutes=1)
NO_END = 1000
"""Not a number of attempts ends a notice, but the instant from which it is of no use."""

TRY_AGAIN = timedelta(seconds=30)
TRY_AGAIN_AT_LEAST_EVERY = timedelta(minutes=10)

SCHEDULES = (Schedule(kind=SWEEP, every=SWEEP_EVERY),)


def kinds(ways: Ways) -> list[Kind]:
    """Give the kinds of job of this feature."""
    return [
        Kind(name=SWEEP, run=partial(sweep, ways=ways)),
        Kind(name=planning.SEND, run=partial(send, ways=ways), attempts=NO_END),
    ]


async def sweep(run: Run, ways: Ways) -> None:
    """Plan what is due. It looks outside the transaction, which on SQLite holds the one writer."""
    found = []
    if ways.first:
        async with run.database.snapshot() as db:
            found = await planning.due(db, ways=ways, now=run.now)
    async with run.closing() as db:
        await planning.plan(db, found, ways=ways.first, now=run.now)
        await planning.requeue_stranded(db, now=run.now)


async def send(run: Run, ways: Ways) -> None:
    """Send one notice."""
    notice_id = UUID(str(run.payload["notice_id"]))
    async with run.step() as db:
        parcel = await sending.begin(db, notice_id=notice_id, ways=ways, now=run.now)
    if parcel is not None:
        outcome = await ways.carry(parcel.way, parcel.words, id_=str(notice_id), now=run.now)
        # Not a step of the job's: what is known of a call is kept, whoever holds the job by now.
        async with run.database.transaction() as db:
            await sending.finish(db, notice_id=notice_id, outcome=outcome, ways=ways, now=run.now)
        if outcome.state is NoticeState.PLANNED:
            wait = min(TRY_AGAIN * run.attempt, TRY_AGAIN_AT_LEAST_EVERY)
            raise Retry(outcome.reason or "later", after=wait)
    async with run.closing():
        return
