"""The jobs of notices: planning what is due, sending, hearing what people allow."""

from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from functools import partial
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from models import Push, Visitor
from models.vocabulary import Account, NoticeState
from services.conversations.work import SURELY_NOT_SENT, AccountMissing
from services.jobs import Kind, Retry, Run, Schedule
from services.notices import letters, permits, planning, sending
from services.notices.channels import Means, Subscription
from services.notices.sending import Outcome, Parcel
from services.registrations.recovery import SEND_CODE
from services.runtime.mail import Fate, Mail
from services.wechat import pushes, refusals
from services.wechat.refusals import WeChatError

SWEEP = "sweep_notices"
HEAR = "hear_subscriptions"
"""Queued by name where pushes are derived: notices are above conversations."""

SWEEP_EVERY = timedelta(seconds=5)
NO_END = 1000
"""Not a number of attempts ends a notice, but the instant from which it is of no use."""

TRY_AGAIN = timedelta(seconds=5)
TRY_AGAIN_AT_LEAST_EVERY = timedelta(minutes=2)

TWO_WAYS = timedelta(seconds=100)
"""For one job: a call of 45 s, another by the next channel, and what came of them."""

TWO_AT_ONCE = 43108
"""Another message to the same person is on its way (facts, section 5.1)."""

ACCEPTED, REJECTED = "accept", "reject"

Deed = Callable[..., Awaitable[None]]

SCHEDULES = (Schedule(kind=SWEEP, every=SWEEP_EVERY),)


def kinds(means: Means) -> list[Kind]:
    """Give the kinds of job of this feature."""
    return [
        Kind(
            name=planning.SEND,
            run=partial(send, means=means),
            attempts=NO_END,
            timeout=TWO_WAYS,
        ),
        Kind(name=SWEEP, run=sweep),
        Kind(name=HEAR, run=partial(hear, means=means)),
        Kind(name=SEND_CODE, run=partial(letters.send_code, means=means)),
    ]


async def sweep(run: Run) -> None:
    """Plan what is due. It looks outside the transaction, which on SQLite holds the one writer."""
    async with run.database.snapshot() as db:
        found = await planning.due(db, now=run.now)
        stranded = await planning.stranded(db, now=run.now)
    async with run.closing() as db:
        await planning.plan(db, found, now=run.now)
        for notice_id in stranded:
            await planning.enqueue(db, notice_id)


async def send(run: Run, means: Means) -> None:
    """Send one notice by the first channel that is open and takes it."""
    notice_id = UUID(str(run.payload["notice_id"]))
    while True:
        async with run.step() as db:
            parcel = await sending.begin(db, notice_id=notice_id, means=means, now=run.now)
        if parcel is None:
            async with run.closing():
                return
        outcome = await _carry(means, parcel, run)
        await run.keep(partial(sending.finish, parcel=parcel, outcome=outcome, now=run.now))
        if outcome.state is NoticeState.PLANNED:
            wait = min(TRY_AGAIN * run.attempt, TRY_AGAIN_AT_LEAST_EVERY)
            raise Retry(outcome.reason or "later", after=wait)


async def hear(run: Run, means: Means) -> None:
    """Take notice of what WeChat's event says of subscribe messages."""
    async with run.closing() as db:
        row = await db.get(Push, int(run.payload["push_id"]))
        if row is None or row.body is None or row.account is not Account.MINI_PROGRAM:
            return
        visitor_id = await db.scalar(select(Visitor.id).where(Visitor.mp_openid == row.openid))
        if visitor_id is None:
            return
        push = pushes.read(row.body.encode())
        for template_id, deed in _deeds(push, means):
            await deed(db, visitor_id=visitor_id, template_id=template_id, now=row.received_at)


def _deeds(push: pushes.Push, means: Means) -> Iterator[tuple[str, Deed]]:
    """Give what an event leads to, by template; the settings tell of refusals only."""
    ours = {template.template_id for template in means.templates.values()}
    status: str
    deed: Deed
    match push:
        case pushes.SubscribePopup():
            status, deed = ACCEPTED, partial(permits.tell, by_wechat=True)
        case pushes.SubscribeChange():
            status, deed = REJECTED, permits.end_all
        case _:
            return
    for answer in push.items:
        if answer.template_id in ours and answer.status == status:
            yield answer.template_id, deed


async def _carry(means: Means, parcel: Parcel, run: Run) -> Outcome:
    """Make the one call; no transaction is open."""
    match parcel.content:
        case Subscription() as message:
            return await _subscribe(means, message)
        case Mail() as mail:
            assert means.mailer is not None  # noqa: S101 - it was there when the way was chosen
            done = await means.mailer.send(mail, now=run.now)
            reason = f"smtp_{done.code}" if done.code else None
            return Outcome(_BY_FATE[done.fate], reason=reason)


_BY_FATE = {
    Fate.TAKEN: NoticeState.SENT,
    Fate.NOT_NOW: NoticeState.PLANNED,
    Fate.REFUSED: NoticeState.FAILED,
    Fate.UNKNOWN: NoticeState.UNKNOWN,
}


async def _subscribe(  # noqa: PLR0911 - one for each way a call may go
    means: Means, message: Subscription
) -> Outcome:
    try:
        await means.doors.required_mini_program().send_subscription(
            message.openid,
            template_id=message.template_id,
            values=message.values,
            page=message.page,
        )
    except refusals.OutcomeUnknown:
        return Outcome(NoticeState.UNKNOWN, reason="answer_lost")
    except SURELY_NOT_SENT as refusal:
        return Outcome(NoticeState.PLANNED, reason=_why(refusal))
    except refusals.NotSubscribed as refusal:
        return Outcome(NoticeState.FAILED, reason=_why(refusal), permits_gone=True)
    except WeChatError as refusal:
        again = refusal.errcode == TWO_AT_ONCE
        return Outcome(NoticeState.PLANNED if again else NoticeState.FAILED, reason=_why(refusal))
    except AccountMissing as refusal:
        return Outcome(NoticeState.FAILED, reason=refusal.code)
    except SQLAlchemyError:
        # Of the token, which is all that a call asks the database for before it is taken.
        return Outcome(NoticeState.PLANNED, reason="database_away")
    return Outcome(NoticeState.SENT)


def _why(refusal: WeChatError) -> str:
    return refusal.code if refusal.errcode is None else f"errcode_{refusal.errcode}"
