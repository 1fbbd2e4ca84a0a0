"""Reception: every push is stored, together with its answer, before WeChat hears anything.

One writer takes all pushes that wait, stores them in one transaction and tells each of them. What
follows from a push is derived from the stored row afterwards, in incoming.py.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import uuid4

import structlog
from sqlalchemy import update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from models import Conversation, Push
from models.vocabulary import Account, AnswerKind
from services.conversations import arrivals
from services.conversations.arrivals import Arrival, Stored
from services.conversations.auto_replies import NOTHING, Answer, Rulebook, Talk
from services.conversations.chat_feedback import ReplyLinks
from services.conversations.rulebooks import RulebookInForce
from services.errors import Unavailable
from services.runtime import logging
from services.runtime.bell import Bell
from services.runtime.clock import Clock
from services.runtime.database import Database

LARGEST_BATCH = 128
"""Pushes in one transaction: enough that a commit costs each of them next to nothing."""

log = structlog.get_logger(__name__)


class NotStored(Unavailable):
    """The push is not stored, or not in time; WeChat delivers it again."""

    code = "push_not_stored"


@dataclass
class Statistics:
    """What reception has done since the process began."""

    stored: int = 0
    repeated: int = 0
    late: int = 0
    failed: int = 0
    batches: int = 0


@dataclass
class _Batch:
    """What one transaction decides and writes."""

    now: datetime
    book: Rulebook
    talks: dict[tuple[Account, str], Talk]
    answers: dict[str, Stored]
    """By digest; those known before the batch from the start, the others once decided."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    written: set[str] = field(default_factory=set)
    """The digests of the rows that are new indeed: another process may have been first."""

    default_replies: set[tuple[Account, str]] = field(default_factory=set)
    repeated: set[str] = field(default_factory=set)
    """The digests of those that are delivered again, and are waited for."""


class Reception:
    """Stores the pushes of one process; `run` is its one writer."""

    def __init__(
        self,
        database: Database,
        *,
        clock: Clock,
        link: ReplyLinks,
        arrived: Callable[[], None],
    ) -> None:
        """Take the parts; `link` gives addresses for replies, `arrived` is told of each commit."""
        self._database = database
        self._clock = clock
        self._arrived = arrived
        self._insert = sqlite.insert if database.is_sqlite else postgresql.insert
        self._waiting: list[Arrival] = []
        self._bell = Bell()
        self._rulebook = RulebookInForce(link)
        self.statistics = Statistics()

    async def take(self, arrival: Arrival, *, deadline: float) -> Stored:
        """Wait until a push is stored, at most to an instant of the event loop's time.

        Whoever stops waiting leaves a late push behind.

        Raises:
            NotStored: the database refuses it.
            TimeoutError
        """
        self._waiting.append(arrival)
        self._bell.ring()
        # Lighter than a timeout of asyncio's around a shield, and every push passes here.
        timer = asyncio.get_running_loop().call_at(deadline, arrival.give_up)
        try:
            return await arrival.stored
        except asyncio.CancelledError:
            arrival.late = True
            raise
        finally:
            timer.cancel()

    async def known(self, digest: str) -> Stored | None:
        """Give what an earlier delivery was answered with, None if there was none.

        Raises:
            NotStored: nobody knows, as the database does not answer.
        """
        try:
            async with self._database.reader.connect() as db:
                return (await arrivals.known(db, [digest])).get(digest)
        except (SQLAlchemyError, OSError) as error:
            raise NotStored from error

    async def run(self, stop: asyncio.Event) -> None:
        """Store what waits, batch after batch, until told to stop and nothing waits."""
        while self._waiting or not stop.is_set():
            if not self._waiting:
                await self._bell.heard(stop)
            batch = self._waiting[:LARGEST_BATCH]
            del self._waiting[:LARGEST_BATCH]
            if batch:
                await self._store(batch)

    async def _store(self, batch: list[Arrival]) -> None:
        try:
            stored = await self._commit(batch)
        except Exception as error:  # noqa: BLE001 - the one writer must go on, whatever a push holds
            await self._store_apart(batch, error)
            return
        self.statistics.batches += 1
        taken: set[str] = set()
        for arrival in batch:
            # One whose waiter has gone must not keep the others from being told.
            if not arrival.stored.done():
                arrival.stored.set_result(stored.answers[arrival.digest])
                taken.add(arrival.digest)
        self._arrived()
        # What nobody took of this delivery, another one or another process may have answered.
        if late := (stored.written | stored.repeated) - taken:
            await self._mark_late(sorted(late))

    async def _store_apart(self, batch: list[Arrival], error: Exception) -> None:
        """Store one by one what the database refuses together: one bad push fails alone."""
        if len(batch) > 1 and not isinstance(error, OperationalError):
            for arrival in batch:
                await self._store([arrival])
            return
        self.statistics.failed += len(batch)
        log.error("pushes_not_stored", error=type(error).__name__, pushes=len(batch))
        refusal = NotStored()
        for arrival in batch:
            if not arrival.stored.done():
                arrival.stored.set_exception(refusal)

    async def _commit(self, taken: list[Arrival]) -> _Batch:
        now = self._clock()
        async with self._database.writer.begin() as db:
            batch = _Batch(
                now=now,
                book=await self._rulebook.at(db, now),
                answers=await arrivals.known(db, [arrival.digest for arrival in taken]),
                talks=await arrivals.talks(db, taken),
            )
            for arrival in taken:
                self._decide(batch, arrival)
            await self._write(db, batch)
        return batch

    def _decide(self, batch: _Batch, arrival: Arrival) -> None:
        known = batch.answers.get(arrival.digest)
        if known is not None:
            self.statistics.repeated += 1
            batch.answers[arrival.digest] = replace(known, repeated=True)
            if not arrival.late:
                batch.repeated.add(arrival.digest)
            return
        self.statistics.stored += 1
        answer = _choose(batch, arrival)
        batch.answers[arrival.digest] = Stored(reply=answer.reply, received_at=batch.now)
        batch.rows.append(arrivals.row(arrival, answer, now=batch.now))

    async def _write(self, db: AsyncConnection, batch: _Batch) -> None:
        if batch.rows:
            await self._insert_pushes(db, batch)
        if batch.default_replies:
            await self._remember_default_replies(db, batch)
        if batch.repeated:
            # Its reply is being taken: it need not be sent in another way.
            repeated = Push.digest.in_(sorted(batch.repeated))
            await db.execute(update(Push).where(repeated, Push.late).values(late=False))

    async def _insert_pushes(self, db: AsyncConnection, batch: _Batch) -> None:
        if self._database.is_sqlite:
            # What is known already was read under the same lock, which is the only writer's.
            await db.execute(sqlite.insert(Push), batch.rows)
            batch.written = {row["digest"] for row in batch.rows}
            return
        statement = postgresql.insert(Push).on_conflict_do_nothing(index_elements=["digest"])
        batch.written = set(await db.scalars(statement.returning(Push.digest), batch.rows))
        # Another process stored the same delivery while this one was choosing its answer.
        missing = [row["digest"] for row in batch.rows if row["digest"] not in batch.written]
        batch.answers |= await arrivals.known(db, missing) if missing else {}

    async def _remember_default_replies(self, db: AsyncConnection, batch: _Batch) -> None:
        statement = self._insert(Conversation)
        rows = [
            {
                "id": uuid4(),
                "account": account,
                "openid": openid,
                "unread": 0,
                "window_left": 0,
                "default_replied_at": batch.now,
            }
            for account, openid in sorted(batch.default_replies)
        ]
        await db.execute(
            statement.on_conflict_do_update(
                index_elements=["account", "openid"],
                set_={"default_replied_at": statement.excluded.default_replied_at},
            ),
            rows,
        )

    async def _mark_late(self, digests: Sequence[str]) -> None:
        """Let incoming.py send by customer-service message what nobody took."""
        self.statistics.late += len(digests)
        try:
            async with self._database.writer.begin() as db:
                await db.execute(update(Push).where(Push.digest.in_(digests)).values(late=True))
        except (SQLAlchemyError, OSError) as error:
            # It was never acknowledged: WeChat asks again, and gets the stored reply.
            log.warning("push_not_marked_late", error=type(error).__name__)


_STRANGER = Talk()


def _choose(batch: _Batch, arrival: Arrival) -> Answer:
    """Choose the passive reply; only the official account has them."""
    push = arrival.push
    if push is None or arrival.account is not Account.OFFICIAL_ACCOUNT:
        return NOTHING
    key = (arrival.account, push.openid)
    talk = batch.talks.get(key, _STRANGER)
    try:
        answer = batch.book.answer(push, talk, batch.now)
    except Exception as error:  # noqa: BLE001 - what somebody wrote is kept, answered or not
        _complain(error)
        return NOTHING
    if answer.kind in {AnswerKind.DEFAULT, AnswerKind.OUT_OF_HOURS}:
        batch.talks[key] = replace(talk, default_replied_at=batch.now)
        batch.default_replies.add(key)
    return answer


def _complain(error: Exception) -> None:
    log.error("reply_not_chosen", error=logging.place(error))
