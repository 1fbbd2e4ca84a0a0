"""The callbacks as the whole application serves them: in front of everything, and as routes."""

import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.app import create_app
from models import Push, ReplyRule
from models.vocabulary import ReplyPart
from services import revisions
from services.content import loading, reading
from services.runtime import settings as runtime_settings
from services.runtime.database import Database
from tests.conftest import PACK, PUBLIC_URL, SECRET_KEY
from tests.support import pushes
from tests.support.chats import reply
from tests.support.clocks import SetClock
from tests.support.pushes import NEXT_SECRETS, SECRETS, Secrets

OFFICIAL_ACCOUNT = "/wechat/official-account"
MINI_PROGRAM = "/wechat/mini-program"
PATHS = (OFFICIAL_ACCOUNT, MINI_PROGRAM)
MP_APPID = "wx1234567890abcdef"
MP_SECRETS = Secrets(token="another-token-for-nothing-else", key=NEXT_SECRETS.key)
CHANGED = "改过的说法"
FOREIGN = Secrets(token="a-token-that-nobody-here-knows", key=SECRETS.key)

ACCOUNTS = {
    "oa_appid": pushes.APPID,
    "oa_secret": "a-secret-for-nothing-but-tests",
    "oa_token": SECRETS.token,
    "oa_aes_key": SECRETS.key,
    "mp_appid": MP_APPID,
    "mp_secret": "a-secret-for-nothing-but-tests",
    "mp_token": MP_SECRETS.token,
    "mp_aes_key": MP_SECRETS.key,
}


@dataclass
class House:
    """A started application, asked at its front and behind it."""

    front: httpx2.AsyncClient
    behind: httpx2.AsyncClient
    numbers: Iterator[int] = field(default_factory=lambda: iter(range(1, 1000)))

    async def say(self, text: str, *, pair: Secrets = SECRETS) -> httpx2.Response:
        """Write something new to the official account."""
        xml = pushes.text_xml(text, message_id=next(self.numbers))
        query, body = pushes.post(xml, pair=pair)
        return await self.front.post(f"{OFFICIAL_ACCOUNT}?{query}", content=body)

    async def both(
        self, method: str, path: str, content: bytes | None = None
    ) -> tuple[httpx2.Response, httpx2.Response]:
        """Ask the same at the front and behind it."""
        ways = (self.front, self.behind)
        first, second = [await way.request(method, path, content=content) for way in ways]
        return first, second

    async def figures(self, name: str) -> dict[str, float]:
        """Give the figures of this name by their words."""
        text = (await self.front.get("/metrics")).text
        found = re.findall(rf'^{name}_total{{word="(\w+)"}} (\S+)$', text, re.MULTILINE)
        return {word: float(value) for word, value in found}


Open = Callable[..., Any]


@pytest.fixture
async def opened(
    database_url: str, database: Database, clock: SetClock, tmp_path: Path
) -> AsyncIterator[Open]:
    """Starts the application with settings of a test's own."""
    async with AsyncExitStack() as stack:

        async def open_house(**given: Any) -> House:
            settings = runtime_settings.load(
                database_url=database_url,
                data_dir=tmp_path,
                public_url=PUBLIC_URL,
                secret_key=SECRET_KEY,
                **given,
            )
            made = create_app(
                settings, database=database, clock=clock, machine_time=lambda: float(pushes.AT)
            )
            await stack.enter_async_context(made.api.router.lifespan_context(made.api))
            front = await stack.enter_async_context(_client(made.asgi))
            behind = await stack.enter_async_context(_client(made.behind_edge))
            return House(front, behind)

        yield open_house


@pytest.fixture
async def house(opened: Open) -> House:
    """The application with both accounts configured."""
    made: House = await opened(**ACCOUNTS)
    return made


@asynccontextmanager
async def _client(way: Any) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(way), base_url=PUBLIC_URL
    ) as client:
        yield client


async def _rows(database: Database) -> int:
    async with database.snapshot() as db:
        return await db.scalar(select(func.count()).select_from(Push)) or 0


async def test_each_account_has_its_own_address(house: House, database: Database) -> None:
    for path, pair in ((OFFICIAL_ACCOUNT, SECRETS), (MINI_PROGRAM, MP_SECRETS)):
        echo = await house.front.get(f"{path}?{pushes.greeting('437512', pair=pair)}")
        assert (echo.status_code, echo.text) == (200, "437512")
    text = pushes.push_json({"MsgType": "text", "Content": "草案", "MsgId": 1})
    query, body = pushes.post(text, pair=MP_SECRETS, appid=MP_APPID, notation="json")

    official = await house.say("草案")
    mini = await house.front.post(f"{MINI_PROGRAM}?{query}", content=body)
    crossed = await house.front.post(f"{OFFICIAL_ACCOUNT}?{query}", content=body)

    assert f"{PUBLIC_URL}/r/ps-v4-draft?ch=reply" in (reply(official) or "")
    assert official.headers["content-type"].startswith("text/xml")
    assert (mini.status_code, mini.content) == (200, b"success")
    assert crossed.status_code == 403
    assert await _rows(database) == 2


@pytest.mark.parametrize("path", PATHS)
async def test_an_account_that_is_not_configured_says_so(
    opened: Open, database: Database, path: str
) -> None:
    house: House = await opened()
    query, body = pushes.post(pushes.text_xml("草案"))

    answers = [
        *await house.both("GET", f"{path}?{pushes.greeting()}"),
        *await house.both("POST", f"{path}?{query}", body),
        *await house.both("POST", path, b"x" * 70_000),
    ]

    assert {answer.status_code for answer in answers} == {503}
    assert {answer.json()["code"] for answer in answers} == {"account_not_configured"}
    assert {answer.headers["retry-after"] for answer in answers} == {"5"}
    assert len({answer.content for answer in answers}) == 1
    assert await _rows(database) == 0


async def test_one_account_alone_is_enough(opened: Open) -> None:
    official = {name: value for name, value in ACCOUNTS.items() if name.startswith("oa_")}
    house: House = await opened(**official)

    mini = await house.front.get(f"{MINI_PROGRAM}?{pushes.greeting(pair=MP_SECRETS)}")

    assert reply(await house.say("截止")) is not None
    assert mini.status_code == 503


@pytest.mark.parametrize("path", PATHS)
async def test_the_echo_is_the_same_in_front_and_behind(house: House, path: str) -> None:
    pair = SECRETS if path == OFFICIAL_ACCOUNT else MP_SECRETS

    front, behind = await house.both("GET", f"{path}?{pushes.greeting(pair=pair)}")

    assert _told(front) == _told(behind)
    assert front.status_code == 200


async def test_a_reply_is_the_same_in_front_and_behind(house: House, database: Database) -> None:
    query, body = pushes.post(pushes.text_xml("草案"))

    front, behind = await house.both("POST", f"{OFFICIAL_ACCOUNT}?{query}", body)

    assert _told(front)[:-1] == _told(behind)[:-1]
    # Each is sealed anew, so that only what is inside can be the same.
    assert pushes.unsealed(front.content) == pushes.unsealed(behind.content)
    assert await _rows(database) == 1


async def test_nothing_to_say_is_the_same_in_front_and_behind(house: House) -> None:
    query, body = pushes.post(pushes.event_xml("unsubscribe"))

    front, behind = await house.both("POST", f"{OFFICIAL_ACCOUNT}?{query}", body)

    assert _told(front) == _told(behind)
    assert front.content == b"success"


@pytest.mark.parametrize(
    ("method", "query", "content", "status"),
    [
        ("GET", "", None, 403),
        ("GET", "echostr=1", None, 403),
        ("GET", pushes.greeting(pair=FOREIGN), None, 403),
        ("POST", "", b"<xml/>", 403),
        ("POST", pushes.signed_query(), b"<xml/>", 403),
        ("POST", pushes.signed_query(pair=FOREIGN), b"", 403),
        ("POST", "", b"x" * 65_537, 413),
        ("POST", "", b"x" * 1_100_000, 413),
        ("PUT", pushes.greeting(), None, 405),
        ("DELETE", pushes.greeting(), None, 405),
        ("HEAD", pushes.greeting(), None, 405),
        ("GET", "echostr=%00", None, 403),
    ],
    ids=lambda value: str(len(value)) if isinstance(value, bytes) else str(value)[:9],
)
async def test_a_refusal_is_the_same_in_front_and_behind(
    house: House, method: str, query: str, content: bytes | None, status: int
) -> None:
    front, behind = await house.both(method, f"{OFFICIAL_ACCOUNT}?{query}", content)

    assert _told(front) == _told(behind)
    assert front.status_code == status


async def test_what_only_begins_like_a_callback_is_none(house: House) -> None:
    front, behind = await house.both("POST", f"{OFFICIAL_ACCOUNT}/more", b"")

    assert (front.status_code, behind.status_code) == (404, 404)


async def test_pushes_are_counted_for_prometheus(house: House) -> None:
    query, body = pushes.post(pushes.text_xml("草案", message_id=99))
    for _ in range(3):
        await house.front.post(f"{OFFICIAL_ACCOUNT}?{query}", content=body)
    await house.front.get(f"{MINI_PROGRAM}?{pushes.greeting(pair=MP_SECRETS)}")
    await house.both("POST", f"{OFFICIAL_ACCOUNT}?{pushes.signed_query(pair=FOREIGN)}", body)
    await house.front.post(OFFICIAL_ACCOUNT, content=b"x" * 65_537)
    await house.front.put(MINI_PROGRAM)

    assert await house.figures("asi_pushes") == {
        "answered": 1,
        "repeated": 2,
        "verified": 1,
        "refused": 2,
        "too_large": 1,
        "wrong_method": 1,
    }
    refused = await house.figures("asi_pushes_refused")
    assert sum(refused.values()) == 2


async def test_figures_name_nobody(house: House) -> None:
    await house.say("草案")

    text = (await house.front.get("/metrics")).text

    assert pushes.OPENID not in text
    assert pushes.APPID not in text


@pytest.mark.parametrize(
    ("following", "accepted"),
    [
        ({"oa_token_next": NEXT_SECRETS.token}, Secrets(NEXT_SECRETS.token, SECRETS.key)),
        ({"oa_aes_key_next": NEXT_SECRETS.key}, Secrets(SECRETS.token, NEXT_SECRETS.key)),
        (
            {"oa_token_next": NEXT_SECRETS.token, "oa_aes_key_next": NEXT_SECRETS.key},
            NEXT_SECRETS,
        ),
    ],
    ids=["token", "key", "both"],
)
async def test_token_and_key_are_changed_without_losing_a_push(
    opened: Open, following: dict[str, str], accepted: Secrets
) -> None:
    house: House = await opened(**ACCOUNTS, **following)

    old, new = await house.say("草案"), await house.say("草案", pair=accepted)
    echoes = [
        await house.front.get(f"{OFFICIAL_ACCOUNT}?{pushes.greeting('1', pair=pair)}")
        for pair in (SECRETS, accepted)
    ]
    foreign = await house.say("草案", pair=FOREIGN)

    # Each is sealed with the pair it came with: WeChat opens it with no other.
    assert pushes.unsealed(old.content, pair=SECRETS)
    assert pushes.unsealed(new.content, pair=accepted)
    assert [echo.text for echo in echoes] == ["1", "1"]
    assert foreign.status_code == 403


async def test_a_changed_pack_answers_the_next_push(
    house: House, database: Database, clock: SetClock
) -> None:
    before = reply(await house.say("截止"))
    pack = reading.read(PACK)
    async with database.transaction() as db:
        await _say_otherwise(db)
        await revisions.bump(db)
    changed = reply(await house.say("截止"))
    async with database.transaction() as db:
        await loading.load(db, pack=pack, now=clock.now, overwrite=True)
    after = reply(await house.say("截止"))

    assert changed == CHANGED
    assert after == before != changed


async def test_a_repeated_push_keeps_its_reply_whatever_changed(
    house: House, database: Database
) -> None:
    query, body = pushes.post(pushes.text_xml("截止", message_id=77))
    first = await house.front.post(f"{OFFICIAL_ACCOUNT}?{query}", content=body)
    async with database.transaction() as db:
        await _say_otherwise(db)
        await revisions.bump(db)

    again = await house.front.post(f"{OFFICIAL_ACCOUNT}?{query}", content=body)

    assert reply(again) == reply(first) != CHANGED


async def test_the_state_of_the_round_changes_the_next_answer(
    house: House, clock: SetClock
) -> None:
    before = reply(await house.say("截止"))
    clock.set("2026-04-21T00:00:00+08:00")
    after = reply(await house.say("截止"))

    assert before is not None
    assert after is not None
    assert after != before


def _told(answer: httpx2.Response) -> tuple[int, str, str | None, str | None, bytes]:
    """Give what WeChat sees of an answer."""
    headers = answer.headers
    return (
        answer.status_code,
        headers["content-type"],
        headers.get("cache-control"),
        headers.get("allow"),
        answer.content,
    )


async def _say_otherwise(db: AsyncSession) -> None:
    rules = await db.scalars(select(ReplyRule).filter_by(part=ReplyPart.RULE, key="deadline"))
    rule = rules.one()
    text = {"zh": CHANGED, "en": CHANGED}
    rule.says = [says | {"text": text} for says in rule.says]
