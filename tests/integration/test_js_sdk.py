"""Signatures for WeChat's JS-SDK: for our own pages, once the account is set up."""

import hashlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest
import stamina

from api.app import create_app
from services.runtime import settings as runtime_settings
from services.runtime.clock import utc_now
from tests.conftest import PUBLIC_URL, SECRET_KEY
from tests.support import simulator as wechat
from tests.support.clocks import SetClock
from tests.support.simulator import OA_APPID, Simulator
from tests.support.templates import Template

PATH = "/v1/js-sdk-signature"
TICKETS = "/cgi-bin/ticket/getticket"
PAGE = f"{PUBLIC_URL}/webinars/china?lang=en"


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with wechat.in_thread() as running:
        yield running


@pytest.fixture
async def client(
    simulator: Simulator, sqlite_template: Template, tmp_path: Path
) -> AsyncIterator[httpx2.AsyncClient]:
    simulator.reset()
    accounts = {
        name.removeprefix("ASI_").lower(): value for name, value in wechat.ENVIRONMENT.items()
    }
    with sqlite_template.copy(tmp_path) as url, stamina.set_testing(True, attempts=1):
        async with _served(url, tmp_path, wechat_api_url=simulator.url, **accounts) as opened:
            yield opened


@asynccontextmanager
async def _served(url: str, folder: Path, **given: str) -> AsyncIterator[httpx2.AsyncClient]:
    chosen = runtime_settings.load(
        {}, database_url=url, data_dir=folder, public_url=PUBLIC_URL, secret_key=SECRET_KEY, **given
    )
    made = create_app(chosen, clock=SetClock(utc_now()))
    async with (
        made.api.router.lifespan_context(made.api),
        httpx2.AsyncClient(
            transport=httpx2.ASGITransport(made.asgi), base_url=PUBLIC_URL
        ) as opened,
    ):
        yield opened


async def test_a_page_of_ours_is_signed_without_its_fragment(
    client: httpx2.AsyncClient, simulator: Simulator
) -> None:
    answer = await client.get(PATH, params={"url": f"{PAGE}#top"})

    signed = answer.json()
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert set(signed) == {"appId", "timestamp", "nonceStr", "signature"}
    assert signed["appId"] == OA_APPID
    assert signed["signature"] == _signature(_ticket(simulator), signed)


async def test_the_ticket_is_fetched_once(client: httpx2.AsyncClient, simulator: Simulator) -> None:
    answers = [await client.get(PATH, params={"url": PAGE}) for _ in range(3)]

    assert len(simulator.calls(TICKETS)) == 1
    assert len({answer.json()["nonceStr"] for answer in answers}) == 3


async def test_another_address_is_refused(client: httpx2.AsyncClient) -> None:
    answer = await client.get(PATH, params={"url": "https://evil.example/"})

    assert (answer.status_code, answer.json()["code"]) == (403, "address_not_ours")
    assert PUBLIC_URL in answer.json()["detail"]


async def test_what_wechat_refuses_is_said(
    client: httpx2.AsyncClient, simulator: Simulator
) -> None:
    simulator.fault(path=TICKETS, errcode=48001, count=1)

    answer = await client.get(PATH, params={"url": PAGE})

    assert (answer.status_code, answer.json()["code"]) == (503, "wechat_not_entitled")


async def test_without_an_official_account_nothing_is_signed(
    sqlite_template: Template, tmp_path: Path
) -> None:
    with sqlite_template.copy(tmp_path) as url:
        async with _served(url, tmp_path) as client:
            answer = await client.get(PATH, params={"url": PAGE})

    assert (answer.status_code, answer.json()["code"]) == (503, "account_not_configured")


def _ticket(simulator: Simulator) -> str:
    answer = simulator.call(TICKETS, simulator.token(), get=True, type="jsapi")
    return str(answer["ticket"])


def _signature(ticket: str, signed: dict[str, object]) -> str:
    text = (
        f"jsapi_ticket={ticket}&noncestr={signed['nonceStr']}"
        f"&timestamp={signed['timestamp']}&url={PAGE}"
    )
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
