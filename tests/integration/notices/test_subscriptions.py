"""Subscriptions: what a visitor is asked for, and that one “allow” counts once."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest

from api.app import Application
from models.vocabulary import Account
from services import visitors
from services.runtime import settings as runtime_settings
from services.runtime.clock import utc_now
from services.runtime.settings import Settings
from services.wechat.gateway import Login
from tests.conftest import PUBLIC_URL, SECRET_KEY
from tests.integration.notices.house import House
from tests.support import pushes
from tests.support.chats import Chat, chatting
from tests.support.simulator import Json
from tests.support.templates import Template

FILE = """
[reminder_day]
template_id = "DAY"
page = "pages/webinar/index?slug={slug}"
values = { thing1 = "title", time2 = "starts_at", thing3 = "hint" }

[reminder_soon]
template_id = "SOON"
values = { thing1 = "title" }

[seat_promoted]
template_id = "DAY"
values = { thing1 = "title" }
"""


@pytest.fixture
def database_url(sqlite_template: Template, tmp_path: Path) -> Iterator[str]:
    """One kind of database: what is asked and told does not depend on it."""
    with sqlite_template.copy(tmp_path) as url:
        yield url


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    file = tmp_path / "templates.toml"
    file.write_text(FILE, encoding="utf-8")
    return runtime_settings.load(
        database_url=database_url,
        data_dir=tmp_path,
        public_url=PUBLIC_URL,
        secret_key=SECRET_KEY,
        notice_templates=file,
    )


@pytest.fixture
async def token(application: Application) -> str:
    parts = application.parts
    async with parts.database.transaction() as db:
        done = await visitors.log_in(
            db,
            login=Login(openid=pushes.OPENID, session_key="key", unionid=None),
            appid=parts.settings.mp_appid,
            sealer=parts.sealer,
            now=utc_now(),
        )
    return done.token


@pytest.fixture
async def chat(house: House) -> AsyncIterator[Chat]:
    async with chatting(house.database, house.clock, account=Account.MINI_PROGRAM) as opened:
        yield opened


async def test_a_visitor_is_offered_the_templates_and_tells_what_they_answered(
    client: httpx2.AsyncClient, token: str
) -> None:
    offered = await _offered(client, token)

    told = await _tell(client, token, DAY="accept", SOON="reject", OTHER="accept")

    assert offered == [
        {"template_id": "DAY", "notices": ["reminder_day", "seat_promoted"], "permits": 0},
        {"template_id": "SOON", "notices": ["reminder_soon"], "permits": 0},
    ]
    assert (told.status_code, [item["permits"] for item in told.json()["items"]]) == (201, [1, 0])
    assert await _offered(client, token) == told.json()["items"]


async def test_a_repeated_request_is_one_permit_and_an_unknown_word_is_refused(
    client: httpx2.AsyncClient, token: str
) -> None:
    key = uuid4().hex
    await _tell(client, token, key=key, DAY="accept")
    told = await _tell(client, token, key=key, DAY="accept")
    refused = await _tell(client, token, DAY="accept; drop")
    stranger = await _tell(client, "nobody", DAY="accept")

    assert told.json()["items"][0]["permits"] == 1
    assert (refused.status_code, stranger.status_code) == (422, 401)


async def test_both_tellers_of_one_tap_make_one_permit(
    client: httpx2.AsyncClient, token: str, house: House, chat: Chat
) -> None:
    await _tell(client, token, DAY="accept")
    await _event(chat, house, "subscribe_msg_popup_event", DAY="accept", SOON="accept")
    await _tell(client, token, SOON="accept")
    house.clock.now += timedelta(minutes=11)
    await _tell(client, token, DAY="acceptWithAudio")

    assert [item["permits"] for item in await _offered(client, token)] == [2, 1]


async def test_who_changes_their_mind_in_wechat_has_allowed_nothing(
    client: httpx2.AsyncClient, token: str, house: House, chat: Chat
) -> None:
    await _tell(client, token, DAY="accept", SOON="accept")
    await _event(chat, house, "subscribe_msg_change_event", DAY="reject")

    assert [item["permits"] for item in await _offered(client, token)] == [0, 1]


async def _offered(client: httpx2.AsyncClient, token: str) -> list[Json]:
    answer = await client.get("/v1/me/subscriptions", headers={"Authorization": f"Bearer {token}"})
    found: list[Json] = answer.json()["items"]
    return found


async def _tell(
    client: httpx2.AsyncClient, token: str, *, key: str = "", **answers: str
) -> httpx2.Response:
    listed = [{"template_id": name, "answer": answer} for name, answer in answers.items()]
    return await client.post(
        "/v1/me/subscriptions",
        json={"answers": listed},
        headers={"Authorization": f"Bearer {token}", "Idempotency-Key": key or uuid4().hex},
    )


async def _event(chat: Chat, house: House, name: str, **answers: str) -> None:
    """Let WeChat tell of answers, as the mini-program's JSON pushes do."""
    listed = [
        {"TemplateId": template_id, "SubscribeStatusString": answer, "PopupScene": "0"}
        for template_id, answer in answers.items()
    ]
    fields: dict[str, object] = {"MsgType": "event", "Event": name, "List": listed}
    body = pushes.push_json(fields)
    answer = await chat.post(*pushes.post(body, notation="json"))
    assert answer.content == b"success"
    await chat.derive()
    await house.run()
