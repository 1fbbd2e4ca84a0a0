"""Logging in: a code becomes a token, and the token is who somebody is."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
import stamina
from sqlalchemy import select, update

from api.app import Application, create_app
from models import LoginSession, Visitor
from services import visitors
from services.runtime import settings as runtime_settings
from services.runtime.clock import utc_now
from services.runtime.database import Database
from tests.conftest import PUBLIC_URL, SECRET_KEY
from tests.support import simulator as wechat
from tests.support.clocks import SetClock
from tests.support.simulator import Simulator, User


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with wechat.in_thread() as running:
        yield running


@pytest.fixture
def user(simulator: Simulator) -> User:
    return simulator.user()


@pytest.fixture
def machine() -> SetClock:
    return SetClock(utc_now())


@pytest.fixture
async def application(
    simulator: Simulator, database_url: str, database: Database, tmp_path: Path, machine: SetClock
) -> AsyncIterator[Application]:
    accounts = {
        name.removeprefix("ASI_").lower(): value for name, value in wechat.ENVIRONMENT.items()
    }
    given = accounts | {
        "database_url": database_url,
        "data_dir": tmp_path,
        "public_url": PUBLIC_URL,
        "secret_key": SECRET_KEY,
        "wechat_api_url": simulator.url,
    }

    def machine_time() -> float:
        return machine.now.timestamp()

    made = create_app(
        runtime_settings.load({}, **given),
        database=database,
        clock=SetClock(utc_now()),
        machine_time=machine_time,
    )
    with stamina.set_testing(True, attempts=1):
        async with made.api.router.lifespan_context(made.api):
            yield made


def _code(simulator: Simulator, user: User) -> str:
    return str(simulator.act(user.openid_mp, "login-code")["code"])


async def _log_in(client: httpx2.AsyncClient, code: str) -> httpx2.Response:
    return await client.post("/v1/login", json={"code": code})


async def _log_out(client: httpx2.AsyncClient, token: str) -> int:
    answer = await client.delete("/v1/login", headers={"Authorization": f"Bearer {token}"})
    return answer.status_code


async def test_a_code_becomes_a_token(
    client: httpx2.AsyncClient, simulator: Simulator, user: User, machine: SetClock
) -> None:
    answer = await _log_in(client, _code(simulator, user))

    assert answer.status_code == 200
    body = answer.json()
    assert set(body) == {"token", "expires_at"}
    assert len(body["token"]) >= 32
    assert body["expires_at"].startswith(f"{machine.now + timedelta(days=7):%Y-%m-%dT%H:%M}")


async def test_nothing_secret_is_kept_readable(
    client: httpx2.AsyncClient, simulator: Simulator, user: User, database: Database
) -> None:
    token = (await _log_in(client, _code(simulator, user))).json()["token"]

    async with database.snapshot() as db:
        session = (await db.scalars(select(LoginSession))).one()
        visitor = (await db.scalars(select(Visitor))).one()
    assert token not in str(vars(session))
    assert visitor.mp_openid == user.openid_mp
    assert visitor.unionid == user.unionid
    assert visitor.sealed_session_key is not None
    assert len(visitor.sealed_session_key) > 24


async def test_the_same_person_stays_one_visitor(
    client: httpx2.AsyncClient, simulator: Simulator, user: User, database: Database
) -> None:
    tokens = [(await _log_in(client, _code(simulator, user))).json()["token"] for _ in range(2)]

    async with database.snapshot() as db:
        assert len(list(await db.scalars(select(Visitor)))) == 1
        assert len(list(await db.scalars(select(LoginSession)))) == 2
    assert len(set(tokens)) == 2


async def test_whoever_is_known_from_the_official_account_is_known_again(
    client: httpx2.AsyncClient, simulator: Simulator, user: User, database: Database
) -> None:
    async with database.transaction() as db:
        now = utc_now()
        db.add(
            Visitor(
                first_seen_at=now,
                last_seen_at=now,
                oa_openid=user.openid_oa,
                unionid=user.unionid,
            )
        )

    await _log_in(client, _code(simulator, user))

    async with database.snapshot() as db:
        visitor = (await db.scalars(select(Visitor))).one()
    assert (visitor.oa_openid, visitor.mp_openid) == (user.openid_oa, user.openid_mp)


async def test_somebody_known_twice_becomes_one(
    client: httpx2.AsyncClient, simulator: Simulator, user: User, database: Database
) -> None:
    async with database.transaction() as db:
        now = utc_now()
        db.add(Visitor(first_seen_at=now, last_seen_at=now, mp_openid=user.openid_mp))
        db.add(Visitor(first_seen_at=now, last_seen_at=now, unionid=user.unionid))

    answer = await _log_in(client, _code(simulator, user))

    assert answer.status_code == 200
    async with database.snapshot() as db:
        visitor = (await db.scalars(select(Visitor))).one()
    assert (visitor.mp_openid, visitor.unionid) == (user.openid_mp, user.unionid)


async def test_logging_out_ends_the_token(
    client: httpx2.AsyncClient, simulator: Simulator, user: User
) -> None:
    token = (await _log_in(client, _code(simulator, user))).json()["token"]

    assert [await _log_out(client, token), await _log_out(client, token)] == [204, 401]


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer nonsense", "Basic abc", "Bearer a b"])
async def test_without_a_login_there_is_no_visitor(client: httpx2.AsyncClient, header: str) -> None:
    answer = await client.delete("/v1/login", headers={"Authorization": header})

    assert (answer.status_code, answer.json()["code"]) == (401, "login_required")


async def test_a_login_lasts_as_long_as_it_is_used(
    client: httpx2.AsyncClient,
    simulator: Simulator,
    user: User,
    database: Database,
    machine: SetClock,
) -> None:
    token = (await _log_in(client, _code(simulator, user))).json()["token"]

    async with database.transaction() as db:
        for days in (6, 6):
            machine.now += timedelta(days=days)
            await visitors.of_token(
                db, token=token, appid=wechat.ENVIRONMENT["ASI_MP_APPID"], now=machine.now
            )
        machine.now += timedelta(days=7)
        with pytest.raises(visitors.LoginRequired):
            await visitors.of_token(
                db, token=token, appid=wechat.ENVIRONMENT["ASI_MP_APPID"], now=machine.now
            )
        await visitors.forget_expired(db, now=machine.now)
        assert list(await db.scalars(select(LoginSession))) == []


async def test_a_token_of_another_account_is_none(
    client: httpx2.AsyncClient, simulator: Simulator, user: User, database: Database
) -> None:
    token = (await _log_in(client, _code(simulator, user))).json()["token"]
    async with database.transaction() as db:
        await db.execute(update(LoginSession).values(appid="wx0000000000000000"))

    assert await _log_out(client, token) == 401


async def test_all_logins_of_a_visitor_can_be_ended(
    client: httpx2.AsyncClient, simulator: Simulator, user: User, database: Database
) -> None:
    token = (await _log_in(client, _code(simulator, user))).json()["token"]
    async with database.transaction() as db:
        visitor = (await db.scalars(select(Visitor))).one()
        await visitors.log_out_everywhere(db, visitor_id=visitor.id)

    assert await _log_out(client, token) == 401


async def test_a_code_works_once(
    client: httpx2.AsyncClient, simulator: Simulator, user: User
) -> None:
    code = _code(simulator, user)

    answers = [await _log_in(client, code) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 409]
    assert answers[1].json()["code"] == "login_code_used"


async def test_a_made_up_code_is_refused(client: httpx2.AsyncClient) -> None:
    answer = await _log_in(client, "made-up")

    assert (answer.status_code, answer.json()["code"]) == (422, "login_code_invalid")


@pytest.mark.parametrize(
    ("errcode", "status", "code"),
    [
        (40226, 403, "login_blocked"),
        (45011, 429, "login_too_often"),
        (-1, 503, "wechat_busy"),
        (40013, 503, "wechat_credentials_refused"),
    ],
)
async def test_what_wechat_refuses_is_said_clearly(
    client: httpx2.AsyncClient,
    simulator: Simulator,
    user: User,
    *,
    errcode: int,
    status: int,
    code: str,
) -> None:
    simulator.fault(path="/sns/jscode2session", errcode=errcode, count=1)

    answer = await _log_in(client, _code(simulator, user))

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert user.openid_mp not in answer.text


@pytest.mark.parametrize(
    "body",
    [{}, {"code": ""}, {"code": 7}, {"code": "x" * 129}, {"code": "x", "openid": "o"}, []],
)
async def test_a_login_is_a_code_and_nothing_else(client: httpx2.AsyncClient, body: object) -> None:
    answer = await client.post("/v1/login", json=body)

    assert (answer.status_code, answer.json()["code"]) == (422, "malformed")
