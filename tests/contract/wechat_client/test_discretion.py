"""No secret, token, code, session key or openid is ever in an exception, a repr or a log line."""

import logging
import traceback
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from services.runtime.database import Database
from services.wechat.breaker import PAUSE_SECONDS
from services.wechat.client import AccountKeys
from services.wechat.refusals import WeChatError
from tests.support import wechat_accounts
from tests.support.simulator import MP_APPID, MP_SECRET, OA_SECRET, Simulator, User
from tests.support.wechat_accounts import Seconds

FAULTS = (
    {"errcode": 40013},
    {"errcode": -1},
    {"status": 502},
    {"close": True},
    {"timeout": 30},
    {"bad_json": True},
    {"huge": 5_000_000},
)
WRONG_SECRET = "a-wrong-secret-that-is-a-secret-too"


async def test_what_is_secret_is_in_no_log_and_no_exception(
    simulator: Simulator,
    own_database: Database,
    user: User,
    seconds: Seconds,
    caplog: pytest.LogCaptureFixture,
) -> None:
    code = simulator.act(user.openid_mp, "login-code")["code"]
    phone = simulator.act(user.openid_mp, "phone-code", phone="13800138001")["code"]
    told: list[str] = []
    _listen(caplog)
    settings: dict[str, Any] = {"patience": 0.03, "ticks": seconds}

    async with (
        wechat_accounts.mini(simulator.url, own_database, **settings) as mini,
        wechat_accounts.official(simulator.url, own_database, **settings) as official,
    ):
        await official.callback_addresses()
        await mini.callback_addresses()
        login = await mini.log_in(code)
        told += [repr(login), repr(mini.client), repr(mini.client.around)]
        calls: list[Callable[[], Awaitable[object]]] = [
            lambda: mini.log_in(code),
            lambda: mini.phone_number(phone),
            lambda: mini.check_text("文", openid=user.openid_mp),
            lambda: mini.send_text(user.openid_mp, "机密正文"),
            lambda: official.send_text(user.openid_oa, "机密正文"),
            lambda: official.log_in("an-oauth-code-of-somebody"),
            mini.check_credentials,
        ]
        for fault in FAULTS:
            simulator.no_faults()
            simulator.fault(path="*", count=None, **fault)
            for call in calls:
                seconds.now += PAUSE_SECONDS
                told += await _failing(call)
        simulator.no_faults()
        told += await _failing(mini.callback_addresses)
    told += await _with_a_wrong_secret(simulator, own_database)

    everything = "\n".join(told + _written(caplog.records))
    tokens = [simulator.token("mini-program"), simulator.token("official-account")]
    secrets = [OA_SECRET, MP_SECRET, WRONG_SECRET, code, phone, "an-oauth-code", *tokens]
    people = [user.openid_oa, user.openid_mp, login.session_key, "机密正文", "13800138001"]
    for path in ("/sns/jscode2session", "/wxa/msg_sec_check", "/cgi-bin/message/custom/send"):
        assert path in everything
    assert "HTTP Request: POST" in everything, "httpx2 still writes what was asked"
    assert [one for one in secrets + people if one in everything] == []


def _listen(caplog: pytest.LogCaptureFixture) -> None:
    """Forget what was logged of the test's own calls, which name the user."""
    caplog.set_level(logging.DEBUG)
    caplog.clear()


async def _failing(call: Callable[[], Awaitable[object]]) -> list[str]:
    try:
        await call()
    except WeChatError as error:
        return [str(error), repr(error), *traceback.format_exception(error)]
    return []


async def _with_a_wrong_secret(simulator: Simulator, database: Database) -> list[str]:
    keys = AccountKeys(MP_APPID, WRONG_SECRET)
    async with wechat_accounts.mini(simulator.url, database, keys=keys) as client:
        told = await _failing(client.check_credentials)
    assert told
    return [repr(keys), *told]


def _written(records: list[logging.LogRecord]) -> list[str]:
    """Give what was logged, save by the simulator's server, which is in this process by chance."""
    return [
        logging.Formatter().format(record) + repr(record.args)
        for record in records
        if not record.name.startswith("uvicorn")
    ]
