"""微信云托管: its identity headers count where the setting says so, and for nobody elsewhere."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import select

from api.app import create_app
from api.background import doors
from models import Visitor
from services.runtime import settings as runtime_settings
from services.runtime.database import Database
from services.runtime.settings import SettingInvalid, Settings
from services.wechat.refusals import WeChatError
from tests.conftest import PUBLIC_URL, SECRET_KEY
from tests.support import simulator as wechat
from tests.support.simulator import Simulator

pytestmark = pytest.mark.any_database

WHO = [
    ("X-WX-OPENID", "o-made-up-in-a-container"),
    ("X-WX-APPID", wechat.MP_APPID),
    ("X-WX-SOURCE", "wx_client"),
]


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with wechat.in_thread() as running:
        yield running


def _settings(database: Database, folder: Path, *, on: bool, url: str) -> Settings:
    accounts: dict[str, Any] = {
        name.removeprefix("ASI_").lower(): value for name, value in wechat.ENVIRONMENT.items()
    }
    return runtime_settings.load(
        {},
        **accounts,
        database_url=database.url,
        data_dir=folder,
        public_url=PUBLIC_URL,
        secret_key=SECRET_KEY,
        wechat_api_url=url,
        cloud_hosting=on,
    )


@asynccontextmanager
async def _service(chosen: Settings) -> AsyncIterator[httpx2.AsyncClient]:
    made = create_app(chosen)
    async with (
        made.api.router.lifespan_context(made.api),
        httpx2.AsyncClient(
            transport=httpx2.ASGITransport(made.asgi), base_url=PUBLIC_URL
        ) as client,
    ):
        yield client


async def test_nobody_is_who_they_say_where_it_is_off(
    database: Database, simulator: Simulator, tmp_path: Path
) -> None:
    user = simulator.user()
    code = str(simulator.act(user.openid_mp, "login-code")["code"])
    off = _settings(database, tmp_path, on=False, url=simulator.url)
    async with _service(off) as client:
        hosted = await client.post("/v1/login/hosted", headers=WHO)
        bare = await client.post("/v1/login/hosted")
        by_code = await client.post("/v1/login", json={"code": code}, headers=WHO[:1])
        export = await client.get("/v1/me/export", headers=WHO)
        async with database.snapshot() as db:
            known = list(await db.scalars(select(Visitor)))
        honest = await client.post("/v1/login", json={"code": code})

    for refused in (hosted, bare, by_code):
        found = (refused.status_code, refused.json()["code"])
        assert found == (403, "hosting_identity_refused")
    assert (export.status_code, export.json()["code"]) == (401, "login_required")
    assert known == []
    assert honest.status_code == 200


async def test_the_gateway_says_who_asks_where_it_is_on(
    database: Database, simulator: Simulator, tmp_path: Path
) -> None:
    on = _settings(database, tmp_path, on=True, url=simulator.url)
    unclear = {
        "nobody": WHO[1:],
        "another mini-program": [*WHO[:1], ("X-WX-APPID", "wx0000000000000000"), *WHO[2:]],
        "not from WeChat": WHO[:2],
        "two people": [*WHO, ("X-WX-OPENID", "o-somebody-else")],
        "no id at all": [("X-WX-OPENID", "o" * 65), *WHO[1:]],
    }
    async with _service(on) as client:
        refused = {
            name: await client.post("/v1/login/hosted", headers=headers)
            for name, headers in unclear.items()
        }
        logins = [await client.post("/v1/login/hosted", headers=WHO) for _ in range(2)]
        token = logins[0].json()["token"]
        export = await client.get("/v1/me/export", headers={"Authorization": f"Bearer {token}"})
        posing = await client.get("/v1/me/export", headers=WHO)
        async with database.snapshot() as db:
            [visitor] = list(await db.scalars(select(Visitor)))

    for name, answer in refused.items():
        found = (answer.status_code, answer.json()["code"])
        assert found == (401, "hosting_identity_missing"), name
    assert [login.status_code for login in logins] == [200, 200]
    assert export.json()["visitor"][0]["mini_program_openid"] == WHO[0][1]
    assert (visitor.mp_openid, visitor.sealed_session_key) == (WHO[0][1], None)
    assert posing.status_code == 401


async def test_the_mini_program_calls_without_a_token_where_it_is_on(
    database: Database, simulator: Simulator, tmp_path: Path
) -> None:
    user = simulator.user()
    on = _settings(database, tmp_path, on=True, url=simulator.url)
    async with doors(on, database) as opened:
        door = opened.required_mini_program()
        with pytest.raises(WeChatError):
            await door.check_text("意见", openid=user.openid_mp)
        simulator.account("mini-program", open_api=True)
        simulator.act(user.openid_mp, "login-code")
        await door.check_text("意见", openid=user.openid_mp)
        await door.check_credentials()
        paths = [call["path"] for call in simulator.calls()]
        await opened.required_official_account().check_credentials()
        after = [call["path"] for call in simulator.calls()]

    assert "/cgi-bin/stable_token" not in paths
    assert "/wxa/msg_sec_check" in paths
    assert after[len(paths) :] == ["/cgi-bin/stable_token"]


def test_it_needs_a_mini_program() -> None:
    with pytest.raises(SettingInvalid, match="ASI_MP_APPID"):
        runtime_settings.load({}, secret_key=SECRET_KEY, cloud_hosting=True)
