"""The jobs of WeChat's codes: each is renewed before it ends."""

from datetime import timedelta
from functools import partial
from uuid import UUID

import structlog

from services import jobs
from services.errors import Refusal
from services.jobs import Kind, Run, Schedule
from services.wechat_codes import asking, keeping
from services.wechat_codes.asking import Doors

SWEEP = "sweep_wechat_codes"
RENEW = "renew_wechat_code"

SCHEDULES = (Schedule(kind=SWEEP, every=timedelta(hours=1)),)

log = structlog.get_logger(__name__)


def kinds(doors: Doors) -> list[Kind]:
    """Give the kinds of job of this feature."""
    return [
        Kind(name=SWEEP, run=sweep),
        Kind(name=RENEW, run=partial(renew, doors=doors)),
    ]


async def sweep(run: Run) -> None:
    """Queue the renewals that are due."""
    async with run.closing() as db:
        for code_id in await keeping.due(db, now=run.now):
            await jobs.enqueue(db, RENEW, key=f"{RENEW}:{code_id}", code_id=str(code_id))


async def renew(run: Run, doors: Doors) -> None:
    """Have WeChat make a code anew.

    What is refused is remembered with the old code and tried again by the sweep, until somebody
    mends the account or takes the code away.
    """
    code_id = UUID(str(run.payload["code_id"]))
    async with run.step() as db:
        order = await keeping.begin_renewal(db, code_id=code_id, now=run.now)
    if order is None:
        async with run.closing():
            return
    try:
        made = await asking.ask(doors, order, now=run.now)
    except Refusal as refusal:
        log.warning("wechat_code_not_renewed", kind=order.kind.value, reason=refusal.code)
        async with run.closing() as db:
            await keeping.note_refusal(db, order=order, refusal=refusal, now=run.now)
        return
    async with run.closing() as db:
        await keeping.keep(db, order=order, made=made, now=run.now)
