"""WeChat's API out of order: what waits is sent once when it is back, or ends and says how."""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
import stamina
from sqlalchemy import func, select

from models import Conversation, Delivery, Message
from models.vocabulary import Account, Author, DeliveryState, JobState, WindowKind
from services import jobs
from services.conversations import quota, sending, work
from services.conversations.work import Doors
from services.runtime.database import Database
from services.wechat import breaker
from services.wechat.official_account import OfficialAccountClient
from services.wechat.replies import TextReply
from tests.conftest import INSIDE_THE_ROUND
from tests.resilience.sizes import OUTAGE_VISITORS as VISITORS
from tests.support import callbacks
from tests.support.clocks import SetClock
from tests.support.figures import Tell
from tests.support.ports import free_in_a_row
from tests.support.simulator import Simulator, User, running
from tests.support.templates import Template
from tests.support.wechat_accounts import Seconds, official

EACH = 5
"""What WeChat lets us send to somebody who has written."""

SEND = "/cgi-bin/message/custom/send"
STEP = timedelta(seconds=5)
OUTAGE = timedelta(seconds=60)
RECOVERY = timedelta(seconds=60)
"""Within this after WeChat is back, all that waited has been sent."""


class Platform:
    """WeChat, which can be switched off and on; what it knows it keeps."""

    def __init__(self, folder: Path, callback_url: str) -> None:
        self._folder = folder
        self._callback_url = callback_url
        self._running = ExitStack()
        self.port = free_in_a_row(2)
        self.simulator: Simulator

    def on(self) -> None:
        self.simulator = self._running.enter_context(
            running(
                self._folder,
                "--state",
                str(self._folder / "wechat.json"),
                port=self.port,
                ASI_PUBLIC_URL=self._callback_url,
            )
        )

    def off(self) -> None:
        self._running.close()

    def visitors(self, count: int) -> list[User]:
        """Let so many people follow and write, so that each may be sent five messages."""
        found = [self.simulator.user(f"访客{number}") for number in range(count)]
        for user in found:
            self.simulator.follow(user.openid_oa)
            self.simulator.send(user.openid_oa, "你好")
        return found

    def received(self, users: list[User]) -> Counter[str]:
        """Count what people were sent by calls, by its text."""
        return Counter(
            str(item["content"]["content"])
            for user in users
            for item in self.simulator.inbox(user.openid_oa)
            if item["via"] != "reply"
        )


@dataclass
class PostOffice:
    """Our side: what is queued, and jobs that run when time passes."""

    database: Database
    runner: jobs.Runner
    door: OfficialAccountClient
    clock: SetClock
    ticks: Seconds
    queued: list[str] = field(default_factory=list)

    async def queue(self, users: list[User], *, each: int = EACH) -> None:
        """Queue messages for people who have just written."""
        async with self.database.transaction() as db:
            for user in users:
                conversation = Conversation(account=Account.OFFICIAL_ACCOUNT, openid=user.openid_oa)
                quota.open_window(conversation, WindowKind.MESSAGE, now=self.clock.now)
                db.add(conversation)
                await db.flush()
                for _ in range(each):
                    self.queued.append(f"第 {len(self.queued)} 条")
                    await sending.queue(
                        db,
                        conversation=conversation,
                        reply=TextReply(self.queued[-1]),
                        author=Author.STAFF,
                        now=self.clock.now,
                    )

    async def pass_time(self, time: timedelta, *, step: timedelta = STEP) -> None:
        """Let time pass, and run what becomes due in it."""
        for _ in range(time // step):
            self.clock.now += step
            self.ticks.now += step.total_seconds()
            await self.runner.queue_scheduled()
            await self.runner.run_due()

    async def states(self) -> dict[str, int]:
        """Count the deliveries by their states."""
        async with self.database.snapshot() as db:
            found = await db.execute(select(Delivery.state, func.count()).group_by(Delivery.state))
            return {row[0].value: row[1] for row in found}

    async def waiting(self) -> list[str]:
        """Give the kinds of the jobs that wait."""
        async with self.database.snapshot() as db:
            return [job.kind for job in await jobs.listed(db, states=[JobState.WAITING])]

    async def a_delivery(self) -> UUID:
        async with self.database.snapshot() as db:
            return (await db.scalars(select(Delivery.id).limit(1))).one()


@pytest.fixture(autouse=True)
def _quick_retries() -> Iterator[None]:
    """Repeat calls as often as ever, without the waits between."""
    with stamina.set_testing(True, attempts=3, cap=True):
        yield


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Platform]:
    with callbacks.listening() as callback:
        made = Platform(tmp_path, callback.url)
        made.on()
        yield made
        made.off()


@pytest.fixture
def small_database(sqlite_template: Template, tmp_path: Path) -> Iterator[str]:
    with sqlite_template.copy(tmp_path) as url:
        yield url


@pytest.fixture
async def office(small_database: str, platform: Platform) -> AsyncIterator[PostOffice]:
    database = Database(small_database)
    clock, ticks = SetClock(INSIDE_THE_ROUND), Seconds()
    async with official(platform.simulator.url, database, ticks=ticks) as door:
        registry = jobs.Registry(work.kinds(Doors(official_account=door)), work.SCHEDULES)
        runner = jobs.runner(database, registry, clock=clock, machine=clock)
        yield PostOffice(database, runner, door, clock, ticks)
    await database.close()


@contextmanager
def switched_off(platform: Platform) -> Iterator[None]:
    """No connection can be made."""
    platform.off()
    yield
    platform.on()


@contextmanager
def closing(platform: Platform) -> Iterator[None]:
    """Tokens are asked for in vain: each connection is closed without an answer."""
    platform.simulator.fault(path="*", count=None, close=True)
    yield
    platform.simulator.no_faults()


@contextmanager
def bad_gateway(platform: Platform) -> Iterator[None]:
    """Somebody in between answers every call with an error page."""
    platform.simulator.fault(path="*", count=None, status=502)
    yield
    platform.simulator.no_faults()


@contextmanager
def busy(platform: Platform) -> Iterator[None]:
    """WeChat says that its system is busy."""
    platform.simulator.fault(path="*", count=None, errcode=-1)
    yield
    platform.simulator.no_faults()


@pytest.mark.timeout(300)
@pytest.mark.parametrize("trouble", [switched_off, closing, bad_gateway, busy])
async def test_after_an_outage_all_is_sent_once(
    office: PostOffice,
    platform: Platform,
    trouble: Callable[[Platform], AbstractContextManager[None]],
    figure: Tell,
) -> None:
    users = platform.visitors(VISITORS)
    with trouble(platform):
        await office.queue(users)
        await office.pass_time(OUTAGE)
        assert await office.states() == {"queued": VISITORS * EACH}
        paused = office.door.client.paused

    back = office.clock.now
    while await office.states() != {"sent": VISITORS * EACH}:
        await office.pass_time(STEP)
        assert office.clock.now - back <= RECOVERY
    drained = (office.clock.now - back).total_seconds()

    figure(21, f"{VISITORS * EACH} queued, all sent after {trouble.__name__} in", drained, "s")
    assert platform.received(users) == dict.fromkeys(office.queued, 1)
    assert (paused, office.door.client.paused) == (True, False)
    assert "deliver" not in await office.waiting()


@pytest.mark.timeout(300)
async def test_a_long_outage_is_followed_by_no_long_wait(
    office: PostOffice, platform: Platform
) -> None:
    users = platform.visitors(1)
    with switched_off(platform):
        await office.queue(users)
        await office.pass_time(timedelta(minutes=30), step=timedelta(minutes=1))

    await office.pass_time(RECOVERY)

    assert await office.states() == {"sent": EACH}
    assert platform.received(users) == dict.fromkeys(office.queued, 1)


@pytest.mark.timeout(300)
async def test_a_wechat_in_trouble_is_left_alone(office: PostOffice, platform: Platform) -> None:
    users = platform.visitors(VISITORS)
    await office.door.send_text(users[0].openid_oa, "在吗")
    with busy(platform):
        await office.queue(users, each=4)
        await office.pass_time(OUTAGE)
        asked = len(platform.simulator.calls(SEND)) - 1

    probes = OUTAGE.total_seconds() / breaker.PAUSE_SECONDS
    assert asked <= breaker.MOST_FAILURES + 4 + probes


@pytest.mark.timeout(300)
@pytest.mark.parametrize("arrived", [True, False])
async def test_an_answer_that_was_lost_is_never_asked_for_again(
    office: PostOffice, platform: Platform, *, arrived: bool
) -> None:
    users = platform.visitors(2)
    platform.simulator.fault(path=SEND, count=3, close=True, effect=arrived)
    await office.queue(users, each=3)

    await office.pass_time(timedelta(hours=1), step=timedelta(minutes=1))

    received = platform.received(users)
    assert await office.states() == {"sent": 3, "unknown": 3}
    assert set(received.values()) == {1}
    assert len(received) == (6 if arrived else 3)
    assert len(platform.simulator.calls(SEND)) == 6


@pytest.mark.timeout(300)
async def test_a_call_whose_process_was_killed_is_never_repeated(
    office: PostOffice, platform: Platform
) -> None:
    users = platform.visitors(1)
    await office.queue(users, each=1)
    # A process gets this far and is killed: whether WeChat has heard of it, nobody knows.
    async with office.database.transaction() as db:
        await sending.begin(db, delivery_id=await office.a_delivery(), now=office.clock.now)

    await office.pass_time(timedelta(minutes=10))

    assert await office.states() == {"unknown": 1}
    assert platform.received(users) == {}
    assert platform.simulator.calls(SEND) == []


@pytest.mark.timeout(300)
async def test_what_waited_past_its_window_ends_expired(
    office: PostOffice, platform: Platform
) -> None:
    users = platform.visitors(2)
    with switched_off(platform):
        await office.queue(users, each=2)
        await office.pass_time(timedelta(hours=49), step=timedelta(hours=1))

    await office.pass_time(timedelta(minutes=10), step=timedelta(minutes=1))

    assert await office.states() == {"expired": 4}
    assert platform.received(users) == {}
    assert "deliver" not in await office.waiting()


@pytest.mark.timeout(300)
async def test_every_delivery_still_has_its_message(office: PostOffice, platform: Platform) -> None:
    users = platform.visitors(2)
    platform.simulator.fault(path=SEND, count=None, share=0.5, errcode=-1)
    await office.queue(users)

    await office.pass_time(timedelta(minutes=5))

    async with office.database.snapshot() as db:
        texts = set(await db.scalars(select(Message.text).filter_by(author=Author.STAFF)))
        left = await db.scalar(select(func.count()).where(Delivery.state != DeliveryState.SENT))
    assert texts == set(office.queued)
    assert left == 0
    assert platform.received(users) == dict.fromkeys(office.queued, 1)
