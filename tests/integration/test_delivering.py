"""Delivering: what is known of a call is kept, whatever happens to the job or the database."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import cast

import pytest
import stamina
from sqlalchemy import event, select, text
from sqlalchemy.exc import OperationalError

from models import Conversation, Delivery
from models.vocabulary import Account, Author, DeliveryState, WindowKind
from services import jobs
from services.conversations import quota, sending, work
from services.conversations.work import Doors
from services.jobs import runs
from services.runtime.database import Database
from services.wechat import refusals
from services.wechat.gateway import OfficialAccount
from services.wechat.replies import TextReply
from tests.support import wechat_accounts
from tests.support.clocks import SetClock
from tests.support.ports import free_in_a_row

BUSY = refusals.SystemBusy(path="/cgi-bin/message/custom/send", errcode=-1)

Deed = Callable[[], Awaitable[None]]


async def _nothing() -> None:
    """Let nothing happen."""


@dataclass
class Door:
    """Takes every message, or refuses it, after something has happened."""

    meanwhile: Deed = _nothing
    refusal: refusals.WeChatError | None = None
    said: list[str] = field(default_factory=list)

    async def send_text(self, _openid: str, words: str) -> None:
        self.said.append(words)
        await self.meanwhile()
        if self.refusal is not None:
            raise self.refusal


@dataclass
class Office:
    """One message that is to be delivered."""

    database: Database
    clock: SetClock

    async def run(self, door: object) -> jobs.Runner:
        doors = Doors(official_account=cast("OfficialAccount", door))
        runner = jobs.runner(self.database, jobs.Registry(work.kinds(doors)), clock=self.clock)
        await runner.run_due()
        return runner

    async def state(self) -> DeliveryState:
        async with self.database.snapshot() as db:
            return (await db.scalars(select(Delivery.state))).one()

    async def waiting(self) -> list[str]:
        async with self.database.snapshot() as db:
            return [job.kind for job in await jobs.listed(db)]

    async def execute(self, statement: str) -> None:
        async with self.database.transaction() as db:
            await db.execute(text(statement))

    async def lose_the_job(self) -> None:
        """Let another worker take this one for dead, and run its job."""
        if not self.database.is_sqlite:
            await self.execute("DELETE FROM procrastinate_workers")
        await self.run(Door())


@pytest.fixture
async def office(database: Database, clock: SetClock) -> Office:
    async with database.transaction() as db:
        talk = Conversation(account=Account.OFFICIAL_ACCOUNT, openid="o" + "v" * 27)
        quota.open_window(talk, WindowKind.MESSAGE, now=clock.now)
        db.add(talk)
        await db.flush()
        reply = TextReply("您好")
        await sending.queue(db, conversation=talk, reply=reply, author=Author.STAFF, now=clock.now)
    return Office(database, clock)


@pytest.fixture(autouse=True)
def _no_waits() -> Iterator[None]:
    with stamina.set_testing(True, attempts=runs.ATTEMPTS, cap=True):
        yield


@pytest.mark.parametrize(
    ("refusal", "state"), [(None, DeliveryState.SENT), (BUSY, DeliveryState.QUEUED)]
)
async def test_what_came_of_a_call_is_kept_by_who_lost_the_job(
    office: Office, refusal: refusals.WeChatError | None, state: DeliveryState
) -> None:
    door = Door(office.lose_the_job, refusal)

    await office.run(door)

    assert (door.said, await office.state()) == (["您好"], state)
    assert await office.waiting() == []


@pytest.mark.parametrize(
    ("refusal", "state", "waiting"),
    [(None, DeliveryState.SENT, []), (BUSY, DeliveryState.QUEUED, [sending.DELIVER])],
)
async def test_what_came_of_a_call_outlives_a_database_that_is_away_for_a_moment(
    office: Office,
    refusal: refusals.WeChatError | None,
    state: DeliveryState,
    waiting: list[str],
) -> None:
    async def go_away() -> None:
        _refuse(office.database, times=2)

    await office.run(Door(go_away, refusal))

    assert (await office.state(), await office.waiting()) == (state, waiting)


async def test_a_token_that_cannot_be_read_leaves_the_message_queued(office: Office) -> None:
    await office.execute("ALTER TABLE access_tokens RENAME TO gone")
    nobody = f"http://127.0.0.1:{free_in_a_row(1)}"

    async with wechat_accounts.official(nobody, office.database) as door:
        await office.run(door)

    assert await office.state() is DeliveryState.QUEUED
    assert await office.waiting() == [sending.DELIVER]


def _refuse(database: Database, *, times: int) -> None:
    """Let the next statements fail that write."""
    engine, left = database.writer.sync_engine, iter(range(times))

    def refuse(*_: object) -> None:
        if next(left, None) is None:
            return
        away = "away"
        raise OperationalError(away, None, ConnectionError(away))

    event.listen(engine, "before_cursor_execute", refuse)
