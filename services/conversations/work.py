"""The jobs of conversations: sending, fetching media, erasing, and looking after what was left."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError

from models import Conversation, Message, MessageMedia
from models.vocabulary import Account, DeliveryState
from services import jobs
from services.conversations import acts, erasure, incoming, sending, text_index
from services.conversations.sending import Outcome, Parcel
from services.errors import Unavailable
from services.jobs import Kind, LeaseLost, Retry, Run, Schedule
from services.wechat import refusals
from services.wechat.gateway import MiniProgram, OfficialAccount
from services.wechat.refusals import WeChatError
from services.wechat.replies import NewsReply, Reply, TextReply, TransferReply

LATE_REPLIES = "send_late_replies"
SWEEP = "sweep_conversations"

NO_END = 1000

TRY_AGAIN = timedelta(seconds=2)
TRY_AGAIN_AT_LEAST_EVERY = timedelta(seconds=30)
"""Visitors wait: what WeChat could not take goes out soon after it can. Its breaker spares it."""

LATE_EVERY = timedelta(seconds=15)
SWEEP_EVERY = timedelta(minutes=1)

SURELY_NOT_SENT = (
    refusals.NotReached,
    # Not of the message, which would be OutcomeUnknown, but of the token that was fetched for it.
    refusals.AnswerLost,
    refusals.SystemBusy,
    refusals.RateLimited,
    refusals.TokenInvalid,
    refusals.CredentialsRefused,
    refusals.NotInWhitelist,
)
"""WeChat has not taken the message, and may yet: when it recovers, or once we are set up right."""


class AccountMissing(Unavailable):
    """The account has not been set up in this installation."""

    code = "account_not_configured"


@dataclass(frozen=True)
class Doors:
    """The doors to WeChat; None for an account that is not configured."""

    official_account: OfficialAccount | None = None
    mini_program: MiniProgram | None = None
    calls: Counter[str] = field(default_factory=Counter, compare=False)
    """What became of calls in this process: `ok`, an errcode we know, or one word."""

    sends: Counter[str] = field(default_factory=Counter, compare=False)
    """What became of messages in this process: a delivery's state, or `quota_lost`."""

    def of(self, account: Account) -> OfficialAccount | MiniProgram:
        """Give the door of an account.

        Raises:
            AccountMissing
        """
        if account is Account.OFFICIAL_ACCOUNT:
            return self.required_official_account()
        return self.required_mini_program()

    def required_official_account(self) -> OfficialAccount:
        """Give the official account's door to somebody who asks for it by name.

        Raises:
            AccountMissing
        """
        if self.official_account is None:
            raise AccountMissing
        return self.official_account

    def required_mini_program(self) -> MiniProgram:
        """Give the mini-program's door to somebody who asks for it by name.

        Raises:
            AccountMissing
        """
        if self.mini_program is None:
            raise AccountMissing
        return self.mini_program


def kinds(doors: Doors) -> list[Kind]:
    """Give the kinds of job of this feature."""
    return [
        # Not a number of attempts ends a delivery, but the end of its window.
        Kind(name=sending.DELIVER, run=partial(deliver, doors=doors), attempts=NO_END),
        Kind(name=acts.FETCH_MEDIA, run=partial(fetch_media, doors=doors)),
        Kind(name=erasure.ERASE, run=erase),
        Kind(name=text_index.SETTLE, run=settle_texts, timeout=text_index.LONGEST),
        Kind(name=LATE_REPLIES, run=send_late_replies),
        Kind(name=SWEEP, run=sweep),
    ]


SCHEDULES = (
    Schedule(kind=LATE_REPLIES, every=LATE_EVERY),
    Schedule(kind=SWEEP, every=SWEEP_EVERY),
)


async def deliver(run: Run, doors: Doors) -> None:
    """Send one message: write the attempt down, call, write down what came of it."""
    delivery_id = UUID(str(run.payload["delivery_id"]))
    async with run.step() as db:
        parcel = await sending.begin(db, delivery_id=delivery_id, now=run.now)
    if parcel is None:
        async with run.closing():
            return
    outcome = await _send(doors, parcel)
    doors.sends["quota_lost" if outcome.shut else outcome.state.value] += 1
    finish = partial(sending.finish, parcel=parcel, outcome=outcome, now=run.now)
    if outcome.state is DeliveryState.QUEUED:
        await run.keep(finish)
        reason = f"errcode_{outcome.errcode}"
        raise Retry(reason, after=min(TRY_AGAIN * run.attempt, TRY_AGAIN_AT_LEAST_EVERY))
    try:
        async with run.closing() as db:
            await finish(db)
    except (LeaseLost, SQLAlchemyError):
        # The job may be another's, or the database away: what is known of the call is kept.
        await run.keep(finish)


async def fetch_media(run: Run, doors: Doors) -> None:
    """Fetch a message's picture, voice or video by its id, never by an address a message names."""
    message_id = UUID(str(run.payload["message_id"]))
    async with run.step() as db:
        message = await db.get(Message, message_id)
        media_id = message.media_id if message else None
        conversation = await db.get(Conversation, message.conversation_id) if message else None
    if media_id is None or conversation is None:
        async with run.closing():
            return
    try:
        media = await doors.of(conversation.account).fetch_media(media_id)
    except refusals.MediaNotFound:
        # It is older than three days, or a video, of which WeChat gives an address only.
        async with run.closing():
            return
    async with run.closing() as db:
        kept = await db.get(Message, message_id)
        # Erased while it was being fetched: then nothing is kept.
        if kept is not None and kept.media_id == media_id:
            db.add(
                MessageMedia(
                    message_id=message_id, content_type=media.content_type, content=media.content
                )
            )


async def erase(run: Run) -> None:
    """Erase a visitor's data, and have the log emptied that still holds them."""
    erasure_id = UUID(str(run.payload["erasure_id"]))
    async with run.closing() as db:
        await erasure.erase(db, erasure_id=erasure_id, now=run.now)
        await text_index.settle_soon(db, now=run.now)
        await jobs.enqueue(db, jobs.EMPTY_LOG, key=jobs.EMPTY_LOG)


async def settle_texts(run: Run) -> None:
    """Take out of the files what was erased from the index of texts."""
    await text_index.settle(run.database)
    async with run.closing() as db:
        await jobs.enqueue(db, jobs.EMPTY_LOG, key=jobs.EMPTY_LOG)


async def send_late_replies(run: Run) -> None:
    """Queue the replies that no delivery of WeChat's has taken."""
    async with run.closing() as db:
        await incoming.send_late_replies(db, now=run.now)


async def sweep(run: Run) -> None:
    """Queue again what should be done and no job is at: the rows are the truth, jobs are not."""
    async with run.closing() as db:
        for delivery_id in await sending.stranded(db, now=run.now):
            await sending.requeue(db, delivery_id=delivery_id)
        for erasure_id in await erasure.overdue(db, now=run.now):
            await erasure.requeue(db, erasure_id=erasure_id)


async def _send(  # noqa: PLR0911 - one for each way a call may go
    doors: Doors, parcel: Parcel
) -> Outcome:
    try:
        await _say(doors.of(parcel.account), parcel.openid, parcel.reply)
    except refusals.OutcomeUnknown:
        return Outcome(DeliveryState.UNKNOWN)
    except SURELY_NOT_SENT as refusal:
        return Outcome(DeliveryState.QUEUED, errcode=refusal.errcode, rid=refusal.rid)
    except (refusals.WindowClosed, refusals.QuotaUsedUp) as refusal:
        return Outcome(DeliveryState.FAILED, errcode=refusal.errcode, rid=refusal.rid, shut=True)
    except WeChatError as refusal:
        return Outcome(DeliveryState.FAILED, errcode=refusal.errcode, rid=refusal.rid)
    except AccountMissing:
        return Outcome(DeliveryState.FAILED)
    except SQLAlchemyError:
        # Of the token, which is all that a call asks the database for before it is taken.
        return Outcome(DeliveryState.QUEUED)
    return Outcome(DeliveryState.SENT, errcode=0)


async def _say(door: OfficialAccount | MiniProgram, openid: str, reply: Reply) -> None:
    match reply:
        case TextReply():
            await door.send_text(openid, reply.text)
        case NewsReply():
            await door.send_link(
                openid,
                title=reply.title,
                description=reply.description,
                url=reply.url,
                picture_url=reply.picture_url,
            )
        case TransferReply():
            # Only the answer to a push hands somebody over: there is nothing to send.
            pass
