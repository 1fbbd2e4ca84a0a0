"""Registrations under pressure: never one seat too many, and nothing lost with the process."""

import asyncio
import os
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from threading import Event
from typing import Any

import httpx2
import pytest
from sqlalchemy import select

from api.app import create_app
from models import Registration
from models.vocabulary import RegistrationState
from services import registrations
from services.runtime.database import Database
from tests.conftest import INSIDE_THE_ROUND, PUBLIC_URL, ROOT
from tests.resilience.sizes import ROUNDS
from tests.support import crowds
from tests.support.clocks import SetClock
from tests.support.figures import Tell
from tests.support.processes import START_SECONDS, free_port, running

SEATS = 50
RIVALS = 400
PROCESSES = 2
TRIES = 5
PATH = "/v1/webinars/china/registrations"
PHONES = 13800138000


@pytest.fixture
async def doors(
    engine: str, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Sequence[httpx2.AsyncClient]]:
    """The service as it is run: one process on SQLite, several on PostgreSQL."""
    limits = httpx2.Limits(max_connections=None)
    if engine == "sqlite":
        made = create_app(request.getfixturevalue("settings"), clock=SetClock(INSIDE_THE_ROUND))
        transport = httpx2.ASGITransport(made.asgi)
        async with (
            made.api.router.lifespan_context(made.api),
            httpx2.AsyncClient(transport=transport, base_url=PUBLIC_URL) as client,
        ):
            yield [client]
        return
    monkeypatch.setenv("ASI_DATABASE_URL", request.getfixturevalue("database_url"))
    with ExitStack() as stack:
        urls = [
            stack.enter_context(running("serve", data_dir=tmp_path / f"data-{number}")).url
            for number in range(PROCESSES)
        ]
        clients = [httpx2.AsyncClient(base_url=url, limits=limits, timeout=120) for url in urls]
        yield clients
        for client in clients:
            await client.aclose()


@pytest.mark.timeout(300)
@pytest.mark.parametrize("number", range(ROUNDS))
async def test_four_hundred_rivals_for_fifty_seats(
    doors: Sequence[httpx2.AsyncClient],
    database: Database,
    number: int,
    figure: Tell,
) -> None:
    async with database.transaction() as db:
        await registrations.set_seats(db, slug="china", seats=SEATS, now=INSIDE_THE_ROUND)
    tokens = await crowds.come(database, RIVALS)

    answers = await asyncio.gather(
        *(_register(doors[place % len(doors)], place, token) for place, token in enumerate(tokens))
    )

    made = [answer.json() for answer in answers]
    positions = sorted(one["position"] for one in made if one["state"] == "waiting")
    assert {answer.status_code for answer in answers} == {201}
    assert sum(one["state"] == "confirmed" for one in made) == SEATS
    assert positions == list(range(1, RIVALS - SEATS + 1))
    async with database.snapshot() as db:
        kept = list(await db.scalars(select(Registration).order_by(Registration.number)))
    assert [one.number for one in kept] == list(range(1, RIVALS + 1))
    assert [one.state for one in kept] == (
        [RegistrationState.CONFIRMED] * SEATS + [RegistrationState.WAITING] * (RIVALS - SEATS)
    )
    places = {one["id"]: one["position"] for one in made}
    assert [places[str(one.id)] for one in kept[SEATS:]] == positions
    figure(15, f"seats oversold in round {number + 1}, 400 for 50", 0)


@pytest.mark.timeout(180)
async def test_killed_between_commit_and_answer_it_answers_the_same_afterwards(
    sqlite_template: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data_dir = tmp_path / "data"
    data_dir.mkdir()
    with sqlite_template.copy(data_dir) as url:
        monkeypatch.setenv("ASI_DATABASE_URL", url)
        database = Database(url)
        (token,) = await crowds.come(database, 1)
        await database.close()
        with _dying(data_dir) as dying, pytest.raises(httpx2.HTTPError):
            httpx2.post(f"{dying}{PATH}", json=_form(1), headers=_headers(token), timeout=60)
        left = _rows(url)
        with running("serve", data_dir=data_dir) as service:
            again = [
                httpx2.post(f"{service.url}{PATH}", json=_form(1), headers=_headers(token))
                for _ in range(2)
            ]
            own = httpx2.get(f"{service.url}/v1/me/registrations", headers=_headers(token))

    assert left == 1
    assert [answer.status_code for answer in again] == [201, 201]
    assert again[0].content == again[1].content
    assert [one["id"] for one in own.json()["items"]] == [again[0].json()["id"]]
    assert _rows(url) == 1


async def _register(door: httpx2.AsyncClient, place: int, token: str) -> httpx2.Response:
    """Register as the mini-program does: what was not answered, or put off, is sent again."""
    for _ in range(TRIES):
        with suppress(httpx2.TransportError):
            answer = await door.post(PATH, json=_form(place), headers=_headers(token))
            if answer.status_code != httpx2.codes.SERVICE_UNAVAILABLE:
                return answer
    pytest.fail("not answered")


@contextmanager
def _dying(data_dir: Path) -> Iterator[str]:
    """Run a service that dies of its first registration."""
    port = free_port()
    environment = os.environ | {
        "ASI_DATA_DIR": str(data_dir),
        "ASI_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "ASI_CLOCK_START": "2026-03-02T09:00+08:00",
    }
    command = [sys.executable, str(ROOT / "tests" / "support" / "dying_server.py"), str(port)]
    process = subprocess.Popen(command, env=environment, cwd=ROOT)
    try:
        _wait_until_ready(f"http://127.0.0.1:{port}", process)
        yield f"http://127.0.0.1:{port}"
        assert process.wait(timeout=30) < 0
    finally:
        process.kill()
        process.wait()


def _wait_until_ready(url: str, process: subprocess.Popen[bytes]) -> None:
    pause = Event()
    for _ in range(START_SECONDS * 20):
        assert process.poll() is None
        try:
            if httpx2.get(f"{url}/readyz", timeout=1).is_success:
                return
        except httpx2.HTTPError:
            pause.wait(0.05)
    pytest.fail("the service did not start")


def _rows(url: str) -> int:
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as opened:
        (number,) = opened.execute("SELECT count(*) FROM registrations").fetchone()
    return int(number)


def _form(place: int) -> dict[str, str]:
    return {"name": "王芳", "organisation": "某某铝业有限公司", "phone": str(PHONES + place)}


def _headers(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", "Idempotency-Key": f"key-of-{token}"}
