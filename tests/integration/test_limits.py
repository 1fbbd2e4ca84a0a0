"""Limits: whoever asks too much is told when to come again, and nobody else pays for it."""

import os
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from itertools import repeat
from pathlib import Path
from urllib.parse import urlencode

import httpx2
import pytest
from starlette.routing import Match
from structlog.testing import capture_logs

from api import limits
from api.app import Application, create_app
from api.cli import doctor_limits
from models.vocabulary import Language
from services.conversations.work import Doors
from services.runtime import limiting, schema
from services.runtime import settings as runtime_settings
from services.runtime.blind_index import BlindIndex
from services.runtime.clock import utc_now
from services.runtime.database import Database
from services.runtime.limiting import Limit, Limiter, TooManyRequests
from services.runtime.settings import Settings
from tests.conftest import PUBLIC_URL, SECRET_KEY
from tests.integration.pages.readers import FORM, hidden
from tests.integration.staff.workers import browsing
from tests.support import shared_counts
from tests.support.clocks import SetClock
from tests.support.ports import free_in_a_row
from tests.support.shared_counts import Server, ServiceMissing

pytestmark = pytest.mark.any_database

ONE, OTHER = "114.114.114.114", "223.5.5.5"
PROXY = "127.0.0.1"
NO_LOGIN = b"{}"
LOGIN = ("POST", "/v1/login")
REFUSED = (429, "too_many_requests")


@pytest.fixture
def server() -> Iterator[Server]:
    try:
        binary = shared_counts.installed()
    except ServiceMissing as missing:
        if os.environ.get("CI") == "true" or os.environ.get("ASI_REQUIRE_SERVICES"):
            pytest.fail(str(missing))
        pytest.skip(str(missing))
    with shared_counts.running(binary) as started:
        yield started


def _from(application: Application, address: str) -> httpx2.AsyncClient:
    transport = httpx2.ASGITransport(application.asgi, client=(address, 1))
    return httpx2.AsyncClient(transport=transport, base_url=PUBLIC_URL)


async def _log_in(client: httpx2.AsyncClient, *, told: str = "") -> httpx2.Response:
    headers = {"X-Forwarded-For": told} if told else {}
    return await client.post("/v1/login", content=NO_LOGIN, headers=headers)


def _made(settings: Settings, database: Database, clock: SetClock, **given: object) -> Application:
    """A process of the same installation, not started: nothing here is of the background."""
    made = create_app(settings.model_copy(update=given), database=database, clock=clock)
    made.api.state.doors = Doors(official_account=None, mini_program=None)
    return made


def _has_route(application: Application, method: str, path: str) -> bool:
    scope = {"type": "http", "method": method, "path": path, "headers": [], "root_path": ""}
    routes = application.api.router.routes
    return any(route.matches(scope)[0] is Match.FULL for route in routes)


async def test_an_address_that_is_made_up_anew_each_time_is_still_one(
    settings: Settings, database: Database, clock: SetClock
) -> None:
    """Bar 26: a thousand requests, each forwarded for somebody else, from one untrusted peer."""
    application = _made(settings, database, clock)
    async with _from(application, ONE) as client:
        seen = [await _log_in(client, told=f"{n % 250}.7.{n // 250}.9") for n in range(1000)]
        reading = await client.get("/v1/documents")
    async with _from(application, OTHER) as neighbour:
        unharmed = await _log_in(neighbour)

    statuses = Counter(answer.status_code for answer in seen)
    assert statuses == {422: limiting.LOGINS.number, 429: 1000 - limiting.LOGINS.number}
    assert all(_has_route(application, method, path) for method, path in limits.OWN_LIMITS)
    refused = seen[-1]
    assert (refused.status_code, refused.json()["code"]) == REFUSED
    assert 1 <= int(refused.headers["retry-after"]) <= limiting.LOGINS.seconds
    assert refused.headers["x-content-type-options"] == "nosniff"
    assert (reading.status_code, unharmed.status_code) == (200, 422)


async def test_behind_a_proxy_of_ours_readers_are_told_apart_and_never_logged(
    settings: Settings,
    database: Database,
    clock: SetClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(limits.OWN_LIMITS, LOGIN, Limit("logins", 3))
    trusted = runtime_settings.load({}, secret_key="k" * 32, trusted_proxies=PROXY).trusted_proxies
    application = _made(settings, database, clock, trusted_proxies=trusted)
    with capture_logs() as logs:
        async with _from(application, PROXY) as client:
            made_up = [
                (await _log_in(client, told=f"9.9.9.{n}, {ONE}")).status_code for n in range(4)
            ]
            other = [(await _log_in(client, told=OTHER)).status_code for _ in range(4)]
            unnamed = [(await _log_in(client)).status_code for _ in range(9)]
        figures = application.api.state.metrics.text().decode()

    assert made_up == other == [422, 422, 422, 429]
    assert unnamed == [422] * 9  # a proxy that names nobody: they must not pay for each other
    assert 'asi_limited_total{word="logins"} 2.0' in figures
    assert ONE not in str(logs)
    assert OTHER not in str(logs)


async def test_a_login_is_limited_wherever_it_is_used(
    settings: Settings, database: Database, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limiting, "WRITES_OF_LOGIN", Limit("writes_of_login", 2))
    application = _made(settings, database, clock)

    async def write(address: str, login: str = "one") -> int:
        async with _from(application, address) as client:
            headers = {"Authorization": f"Bearer {login}"}
            return (await client.delete("/v1/login", headers=headers)).status_code

    assert [await write(at) for at in (ONE, OTHER, PROXY)] == [401, 401, 429]
    assert await write(ONE, login="another") == 401


async def test_a_form_sent_too_often_keeps_what_was_typed(
    application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limiting, "FORMS_OF_BROWSER", Limit("forms_of_browser", 1))
    monkeypatch.setattr(limiting, "FORMS", Limit("forms", 2))
    async with _from(application, ONE) as client:
        page = await client.get("/feedback/new")
        sent = urlencode(hidden(page) | {"section": "PS/V4/10", "comment": ""}).encode()
        again = urlencode(hidden(page) | {"comment": "建议明确过渡期。"}).encode()
        headers = {"Content-Type": FORM}
        answers = [
            await client.post("/feedback/new", content=content, headers=headers)
            for content in (sent, again, again)
        ]

    assert [answer.status_code for answer in answers] == [422, 429, 429]
    _, by_browser, by_address = answers
    assert "建议明确过渡期。" in by_browser.text
    assert "请一分钟后再提交" in by_browser.text
    assert "秒后再试" in by_address.text
    assert all(1 <= int(answer.headers["retry-after"]) <= 60 for answer in answers[1:])


async def test_who_works_at_the_desk_may_send_more_than_a_reader(
    application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limiting, "FORMS_OF_BROWSER", Limit("forms_of_browser", 1))
    monkeypatch.setattr(limiting, "FORMS_OF_STAFF", Limit("forms_of_staff", 2))
    async with browsing(application) as browser:
        answers = [await browser.log_in("nobody") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [422, 422, 429]


async def test_processes_count_together_and_go_on_without_valkey(
    settings: Settings,
    database: Database,
    clock: SetClock,
    server: Server,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(limits.OWN_LIMITS, LOGIN, Limit("logins", 4))
    given = runtime_settings.load({}, secret_key="k" * 32, valkey_url=server.url).valkey_url
    processes = [_made(settings, database, clock, valkey_url=given) for _ in range(2)]

    async def statuses(address: str, number: int) -> list[int]:
        seen = []
        for application, _ in zip(processes * number, repeat(None, number), strict=False):
            async with _from(application, address) as client:
                seen.append((await _log_in(client)).status_code)
        return seen

    assert await statuses(ONE, 6) == [422] * 4 + [429] * 2

    server.suspend(seconds=60)
    with capture_logs() as logs:
        assert await statuses(ONE, 8) == [422] * 8
    assert [entry["event"] for entry in logs if entry["log_level"] == "warning"] == [
        "limits_not_shared",
        "limits_not_shared",
    ]
    server.end()
    assert await statuses(ONE, 2) == [429] * 2  # alone, each still counts
    figures = processes[0].api.state.metrics.text().decode()
    assert "asi_limits_not_shared_total 1.0" in figures
    for application in processes:
        await application.parts.limiter.close()


async def test_valkey_is_asked_again_though_the_clock_is_set_back() -> None:
    machine = SetClock(utc_now())
    nobody = f"valkey://127.0.0.1:{free_in_a_row(1)}"
    limiter = Limiter(
        index=BlindIndex(SECRET_KEY), now=lambda: machine().timestamp(), valkey_url=nobody
    )
    spans = [0, limiting.PAUSE_SECONDS / 2, -8 * 3600, 0, limiting.PAUSE_SECONDS]

    failures = []
    for span in spans:
        machine.now += timedelta(seconds=span)
        await limiter.take(limiting.WRITES, ONE)
        failures.append(limiter.failures)
    await limiter.close()

    assert failures == [1, 1, 2, 2, 3]


async def test_somebody_logs_in_only_so_often(
    settings: Settings, database: Database, clock: SetClock
) -> None:
    limiter = _made(settings, database, clock).parts.limiter
    for _ in range(limiting.LOGINS_OF_VISITOR.number):
        await limiter.take(limiting.LOGINS_OF_VISITOR, "an openid")
    with pytest.raises(TooManyRequests) as refused:
        await limiter.take(limiting.LOGINS_OF_VISITOR, "an openid")

    assert refused.value.retry_after > 3000
    assert "an openid" not in refused.value.sentence(Language.EN)


async def test_the_doctor_looks_at_proxies_and_valkey(
    tmp_path: Path, server: Server, settings: Settings
) -> None:
    url = f"sqlite:///{tmp_path / 'doctor.db'}"
    schema.upgrade(url)
    database = Database(url)

    async def found(**given: object) -> dict[str, bool]:
        chosen = settings.model_copy(update=given)
        return {
            item.subject: item.ok
            async for item in doctor_limits.findings(chosen, database, Language.EN)
        }

    answering = runtime_settings.load(
        {},
        secret_key="0123456789abcdef" * 2,
        valkey_url=server.url,
        trusted_proxies="10.0.0.0/8",
        public_url="https://asi.example.cn",
    )
    told = {
        name: getattr(answering, name) for name in ("valkey_url", "trusted_proxies", "public_url")
    }

    assert await found() == {}
    assert await found(public_url="https://asi.example.cn") == {"trusted proxies": False}
    assert await found(**told) == {"trusted proxies": True, "valkey": True}
    server.end()
    assert await found(**told) == {"trusted proxies": True, "valkey": False}
    await database.close()
