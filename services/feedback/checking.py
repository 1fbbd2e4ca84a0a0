"""The jobs of content checks: WeChat is asked with no transaction open; nothing is left over."""

from datetime import timedelta
from functools import partial
from uuid import UUID

from models.vocabulary import CheckReason
from services.feedback import checks, media_checks
from services.feedback.checks import Errand
from services.jobs import Kind, Retry, Run, Schedule
from services.runtime.sealing import Sealer
from services.wechat import refusals
from services.wechat.gateway import MiniProgram, TextCheck
from services.wechat.refusals import WeChatError

SWEEP = "sweep_feedback_checks"

NO_END = 1000
"""Not a number of attempts ends a check, but its time."""

TRY_AGAIN = timedelta(seconds=2)
TRY_AGAIN_AT_LEAST_EVERY = timedelta(minutes=2)

MAY_YET_ANSWER = (
    refusals.NotReached,
    refusals.AnswerLost,
    refusals.SystemBusy,
    refusals.RateLimited,
    refusals.TokenInvalid,
    refusals.CredentialsRefused,
    refusals.NotInWhitelist,
)
"""WeChat can be asked again: when it recovers, when the minute is over, once we are set up right.
Asking twice does no harm; only the outcome is written down, once."""

SCHEDULES = (Schedule(kind=SWEEP, every=timedelta(minutes=1)),)


def kinds(door: MiniProgram | None, sealer: Sealer) -> list[Kind]:
    """Give the kinds of job of this feature; `door` is None without a mini-program."""
    return [
        Kind(
            name=checks.CHECK_TEXT,
            run=partial(check_text, door=door, sealer=sealer),
            attempts=NO_END,
        ),
        Kind(name=SWEEP, run=sweep),
    ]


async def check_text(run: Run, door: MiniProgram | None, sealer: Sealer) -> None:
    """Have one version's text checked."""
    check_id = UUID(str(run.payload["check_id"]))
    async with run.step() as db:
        errand = await checks.errand(db, check_id=check_id, sealer=sealer, now=run.now)
    if errand is None:
        # Decided or withdrawn already; or too late, which the sweep sees to.
        async with run.closing():
            return
    outcome = await _outcome(run, door, errand)
    async with run.closing() as db:
        check = await checks.pending(db, check_id=check_id)
        match check, outcome:
            case None, _:
                pass
            case _, TextCheck():
                checks.decide(check, outcome, now=run.now)
            case _, CheckReason():
                checks.hold(check, outcome, now=run.now)


async def sweep(run: Run) -> None:
    """End what is overdue, and queue again what lost its job: rows are the truth, jobs are not."""
    async with run.closing() as db:
        await checks.hold_overdue(db, now=run.now)
        await checks.requeue_forgotten(db, now=run.now)
        await media_checks.sweep(db, now=run.now)


def again(run: Run, refusal: WeChatError) -> Retry:
    """Say that a check is to be tried again, the later the more often it was tried."""
    after = min(TRY_AGAIN * run.attempt, TRY_AGAIN_AT_LEAST_EVERY)
    return Retry(refusal.code, after=after)


async def _outcome(run: Run, door: MiniProgram | None, errand: Errand) -> TextCheck | CheckReason:
    if door is None:
        return CheckReason.IMPOSSIBLE
    try:
        found = [
            await door.check_text(piece, openid=errand.openid)
            for piece in checks.pieces(errand.text)
        ]
    except MAY_YET_ANSWER as refusal:
        raise again(run, refusal) from refusal
    except WeChatError:
        return CheckReason.REFUSED
    return checks.gravest(found)
