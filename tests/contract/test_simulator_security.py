"""Checks of texts and media on the simulated platform."""

import json
from typing import Any

import pytest

from tests.support.callbacks import Callback
from tests.support.simulator import (
    Json,
    Simulator,
    User,
)

CHECK = "/wxa/msg_sec_check"

CHECK_MEDIUM = "/wxa/media_check_async"

RISKY = "特3456书yuuo莞6543李zxcz蒜7782法fgnv级"


@pytest.mark.parametrize(
    ("text", "suggest"),
    [("铝业管理", "pass"), (f"前{RISKY}后", "risky"), ("请复核测试", "review")],
)
def test_a_text_is_judged_without_an_error(
    simulator: Simulator, user: User, text: str, suggest: str
) -> None:
    simulator.act(user.openid_mp, "visit")

    answer = _checked(simulator, user, content=text)

    assert answer["errcode"] == 0
    assert answer["result"]["suggest"] == answer["detail"][0]["suggest"] == suggest
    assert (answer["result"]["label"] == 100) == (suggest == "pass")
    assert answer["trace_id"].count("-") == 2


@pytest.mark.parametrize(
    ("changed", "errcode"),
    [
        ({"content": ""}, 47001),
        ({"version": 1}, 47001),
        ({"scene": None}, 47001),
        ({"scene": 5}, 40129),
        ({"openid": "nobody"}, 40003),
        ({"content": "字" * 2501}, 45002),
    ],
)
def test_a_check_is_checked(simulator: Simulator, user: User, changed: Json, errcode: int) -> None:
    simulator.act(user.openid_mp, "visit")

    assert _checked(simulator, user, **changed)["errcode"] == errcode


def test_only_recent_visitors_of_the_mini_program_can_be_checked(
    simulator: Simulator, user: User
) -> None:
    assert _checked(simulator, user)["errcode"] == 61010
    simulator.act(user.openid_mp, "visit")
    assert _checked(simulator, user)["errcode"] == 0
    assert _checked(simulator, user, openid=user.openid_oa)["errcode"] == 43104
    simulator.advance(2 * 3600 + 1)
    assert _checked(simulator, user)["errcode"] == 61010


@pytest.mark.parametrize(
    ("path", "status", "suggest", "errcode"),
    [
        ("/fine.png", 200, "pass", 0),
        ("/risky.png", 200, "risky", 0),
        ("/gone.png", 404, None, -1008),
    ],
)
def test_a_medium_is_fetched_and_judged_later(
    simulator: Simulator,
    user: User,
    callback: Callback,
    path: str,
    status: int,
    suggest: str | None,
    errcode: int,
) -> None:
    simulator.account("mini-program", mode="plain")
    simulator.act(user.openid_mp, "visit")
    callback.says(lambda request: (status if request.method == "GET" else 200, b""))

    begun = _medium_checked(simulator, user, media_url=f"{callback.url}{path}")

    event = json.loads(callback.wait(2)[1].body)
    assert event["Event"] == "wxa_media_check"
    assert (event["trace_id"], event["errcode"]) == (begun["trace_id"], errcode)
    assert event.get("result", {}).get("suggest") == suggest


def test_a_medium_that_is_too_large_or_nowhere_is_not_fetched(
    simulator: Simulator, user: User, callback: Callback
) -> None:
    simulator.account("mini-program", mode="plain")
    simulator.act(user.openid_mp, "visit")
    callback.says(
        lambda request: (200, bytes(11 * 1024 * 1024) if request.method == "GET" else b"")
    )

    _medium_checked(simulator, user, media_url=f"{callback.url}/large")
    assert json.loads(callback.wait(2)[1].body)["errcode"] == -1008
    _medium_checked(simulator, user, media_url="http://127.0.0.1:9/")

    assert json.loads(callback.wait(3)[2].body)["errcode"] == -1008


def test_a_medium_is_a_picture_or_a_sound(simulator: Simulator, user: User) -> None:
    simulator.act(user.openid_mp, "visit")

    assert _medium_checked(simulator, user, media_type=3)["errcode"] == 40004


def _checked(simulator: Simulator, user: User, **changed: Any) -> Json:
    body: Json = {"content": "铝", "version": 2, "scene": 2, "openid": user.openid_mp} | changed
    return simulator.call(CHECK, simulator.token("mini-program"), **body)


def _medium_checked(simulator: Simulator, user: User, **changed: Any) -> Json:
    body: Json = {
        "media_url": "http://127.0.0.1:9/",
        "media_type": 2,
        "version": 2,
        "scene": 2,
        "openid": user.openid_mp,
    } | changed
    return simulator.call(CHECK_MEDIUM, simulator.token("mini-program"), **body)
