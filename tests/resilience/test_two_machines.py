"""Two serving processes and two workers on one PostgreSQL: one desk, and no message twice."""

import asyncio
import os
import re
import subprocess
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import pytest

from models.vocabulary import StaffRole
from services import audit
from services.runtime.clock import utc_now
from services.runtime.database import Database
from services.staff_accounts import accounts, passwords
from tests.integration.staff.workers import PASSWORD, Browser
from tests.resilience.sizes import DESK_VISITORS
from tests.support import shared_counts
from tests.support.figures import Tell
from tests.support.installations import Installation
from tests.support.processes import ASI, ROOT, free_port, running
from tests.support.simulator import ENVIRONMENT, Simulator, User
from tests.support.simulator import running as simulating
from tests.support.templates import Template

pytestmark = [pytest.mark.alone, pytest.mark.unhurried, pytest.mark.timeout(300)]

INBOX = "/staff/inbox"
SEEN_SECONDS = 2.0
"""From what a visitor writes on one process to the agent's stream on the other."""

PATIENCE_SECONDS = 90
"""A worker that is killed is missed after 30 s; what it was at goes to the other one."""

ARRIVED = "SELECT count(*) FROM messages WHERE author = 'visitor'"
IN_DOUBT = (
    "SELECT m.text FROM deliveries d JOIN messages m ON m.id = d.message_id"
    " WHERE d.state IN ('sending', 'unknown')"
)


@dataclass
class Cluster:
    """What runs."""

    house: Installation
    desk: str
    """The address of the process at which an agent works."""

    simulator: Simulator
    """It pushes to the other one."""

    workers: list["Worker"] = field(default_factory=list)


@dataclass
class Worker:
    """An `asi worker`."""

    process: subprocess.Popen[bytes]
    metrics: str


@contextmanager
def working(house: Installation) -> Iterator[Worker]:
    port = free_port()
    environment = os.environ | {
        "ASI_DATA_DIR": str(house.data_dir),
        "ASI_CLOCK_START": "2026-03-02T09:00+08:00",
    }
    with (house.data_dir.parent / f"worker-{port}.log").open("wb") as log:
        process = subprocess.Popen(
            [str(ASI), "worker", "--metrics-port", str(port)],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=log,
        )
    try:
        yield Worker(process, f"http://127.0.0.1:{port}/metrics")
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def cluster(
    postgresql_template: Template, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Cluster]:
    pushed_to, api = free_port(), free_port()
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("ASI_WECHAT_API_URL", f"http://127.0.0.1:{api}")
    with ExitStack() as stack:
        valkey = stack.enter_context(shared_counts.running(shared_counts.installed()))
        monkeypatch.setenv("ASI_VALKEY_URL", valkey.url)
        url = stack.enter_context(postgresql_template.copy(tmp_path))
        monkeypatch.setenv("ASI_DATABASE_URL", url)
        house = Installation(url, tmp_path / "data")
        desk = stack.enter_context(running("serve", data_dir=house.data_dir))
        stack.enter_context(running("serve", data_dir=house.data_dir, port=pushed_to))
        simulator = stack.enter_context(
            simulating(tmp_path, port=api, ASI_PUBLIC_URL=f"http://127.0.0.1:{pushed_to}")
        )
        workers = [stack.enter_context(working(house)) for _ in range(2)]
        yield Cluster(house, desk.url, simulator, workers)


@dataclass
class Agent:
    """Somebody at the desk, whose page is told what changes."""

    browser: Browser
    news: asyncio.Event

    async def answer(self, words: str, to: str) -> None:
        """Find who wrote something in the list of those who wait, open it and answer."""
        page = (await self.browser.client.get(INBOX)).text
        [talk] = [
            address
            for address, text in re.findall(
                r'href="(/staff/inbox/[0-9a-f-]{36})"(.*?)</a>', page, re.DOTALL
            )
            if to in text
        ]
        opened = (await self.browser.client.get(talk)).text
        [seen] = set(re.findall(r'name="seen" value="(\d+)"', opened))
        sent = await self.browser.send(talk, answer=words, seen=seen)
        assert sent.status_code in {200, 303}, sent.text

    async def told(self) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self.news.wait()
        self.news.clear()


@asynccontextmanager
async def at_the_desk(cluster: Cluster) -> AsyncIterator[Agent]:
    await _hire(cluster.house.database_url)
    async with (
        httpx2.AsyncClient(base_url=cluster.desk, timeout=30) as client,
        asyncio.TaskGroup() as tasks,
    ):
        agent = Agent(Browser(client), asyncio.Event())
        entered = await agent.browser.log_in("anna")
        assert entered.status_code == 303, entered.text
        listening = tasks.create_task(_listen(client, agent.news))
        await agent.told()
        yield agent
        listening.cancel()


async def _listen(client: httpx2.AsyncClient, news: asyncio.Event) -> None:
    async with client.stream("GET", f"{INBOX}/events", timeout=None) as stream:
        async for line in stream.aiter_lines():
            if line == "event: changed":
                news.set()


async def _hire(database_url: str) -> None:
    database = Database(database_url)
    kept = await passwords.hashed(PASSWORD)
    async with database.transaction() as db:
        await accounts.add(
            db,
            login="anna",
            name="Anna",
            role=StaffRole.AGENT,
            password_hash=kept,
            actor=audit.COMMAND_LINE,
            now=utc_now(),
        )
    await database.close()


async def test_an_agent_on_one_process_answers_visitors_on_the_other(
    cluster: Cluster, figure: Tell
) -> None:
    simulator = cluster.simulator
    users = [simulator.user(f"访客{number:02}") for number in range(DESK_VISITORS)]
    seen_after = []
    async with at_the_desk(cluster) as agent:
        for number, user in enumerate(users):
            await asyncio.to_thread(simulator.follow, user.openid_oa)
            await agent.told()
            agent.news.clear()
            began = time.perf_counter()
            await asyncio.to_thread(simulator.send, user.openid_oa, _question(number))
            await agent.told()
            seen_after.append(time.perf_counter() - began)
            await _until_waiting(agent, _question(number))
            await agent.answer(_answer(number), to=_question(number))
            if number == DESK_VISITORS // 2:
                cluster.workers[0].process.kill()
        received = await _received(cluster, users)

    slowest = max(seen_after)
    figure(43, "from a visitor's words to the agent's page, slowest", slowest, "s")
    _assert_each_arrived_once(cluster, received, figure)
    assert slowest <= SEEN_SECONDS
    figures = httpx2.get(cluster.workers[1].metrics).text
    assert 'asi_sends_total{word="sent"}' in figures
    assert 'asi_wechat_calls_total{word="ok"}' in figures


def _assert_each_arrived_once(cluster: Cluster, received: Counter[str], figure: Tell) -> None:
    in_doubt = {str(text) for (text,) in cluster.house.rows(IN_DOUBT)}
    wanted = {_answer(number) for number in range(DESK_VISITORS)}
    figure(43, f"of {DESK_VISITORS} answers, each once on its phone", len(received))
    figure(43, "in doubt for a person, a worker killed in the midst", len(in_doubt))
    assert set(received.values()) == {1}
    assert wanted - received.keys() <= in_doubt
    assert received.keys() <= wanted
    assert cluster.house.count(ARRIVED) == DESK_VISITORS


def _question(number: int) -> str:
    return f"想请教第 {number:02} 号问题，可以请人工答复吗"


def _answer(number: int) -> str:
    return f"您好，这是对第 {number:02} 号问题的答复。"


async def _until_waiting(agent: Agent, words: str) -> None:
    """Look again whenever the page is told, until the list shows who wrote."""
    while words not in (await agent.browser.client.get(INBOX)).text:
        await agent.told()


async def _received(cluster: Cluster, users: list[User]) -> Counter[str]:
    """Wait until no delivery is under way but those in doubt; count what arrived by its text."""
    waiting = "SELECT count(*) FROM deliveries WHERE state = 'queued'"
    await asyncio.to_thread(cluster.house.wait_until_none, waiting)
    found: Counter[str] = Counter()
    for user in users:
        inbox = await asyncio.to_thread(cluster.simulator.inbox, user.openid_oa)
        found.update(str(item["content"]["content"]) for item in inbox if item["via"] != "reply")
    return found
