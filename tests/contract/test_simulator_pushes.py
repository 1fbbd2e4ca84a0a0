"""The simulator signs, encrypts, repeats and spoils pushes as WeChat does."""

import json
import threading
import time
from datetime import UTC, datetime

import pytest
from defusedxml.ElementTree import fromstring
from wechatpy.exceptions import InvalidAppIdException, InvalidSignatureException

from tests.support.callbacks import Answer, Callback, Pushed, reply
from tests.support.simulator import (
    OA_APPID,
    OA_TOKEN,
    Json,
    Simulator,
    User,
)
from wechat_simulator import crypto
from wechat_simulator.accounts import new_account

NOTICE = "该公众号提供的服务出现故障，请稍后再试"


def test_the_callback_is_verified_by_its_echo(simulator: Simulator, callback: Callback) -> None:
    callback.says(lambda request: (200, request.query["echostr"].encode()), b"other", 403)

    verified = [simulator.post("/simulator/verify") for _ in range(3)]

    assert verified == [
        {"verified": True, "status": 200},
        {"verified": False, "status": 200},
        {"verified": False, "status": 403},
    ]
    asked = callback.pushed[0]
    assert (asked.method, asked.path) == ("GET", "/wechat/official-account")
    assert _is_signed(asked)


def test_a_safe_push_is_signed_and_encrypted(
    simulator: Simulator, user: User, callback: Callback
) -> None:
    callback.says()

    delivery = simulator.send(user.openid_oa, "草案 ]]> & <b>")

    pushed = callback.pushed[0]
    outside, inside = fromstring(pushed.body), pushed.xml()
    assert pushed.path == "/wechat/official-account"
    assert _is_signed(pushed)
    assert pushed.query["openid"] == user.openid_oa
    assert pushed.query["encrypt_type"] == "aes"
    assert [one.tag for one in outside] == ["ToUserName", "Encrypt"]
    assert inside.findtext("Content") == "草案 ]]> & <b>"
    assert inside.findtext("FromUserName") == user.openid_oa
    assert int(inside.findtext("MsgId", "0")) > 2**53
    assert delivery["understood"] is True
    assert [one["outcome"] for one in delivery["attempts"]] == ["success"]


def test_a_plain_push_is_clear(simulator: Simulator, user: User, callback: Callback) -> None:
    simulator.account(mode="plain")
    callback.says()

    simulator.send(user.openid_oa, "你好")

    pushed = callback.pushed[0]
    assert _is_signed(pushed)
    assert "msg_signature" not in pushed.query
    assert fromstring(pushed.body).findtext("Content") == "你好"


def test_a_compatible_push_is_both(simulator: Simulator, user: User, callback: Callback) -> None:
    simulator.account(mode="compatible")
    callback.says()

    simulator.send(user.openid_oa, "你好")

    pushed = callback.pushed[0]
    assert fromstring(pushed.body).findtext("Content") == "你好"
    assert pushed.xml().findtext("Content") == "你好"


def test_the_mini_program_pushes_json(simulator: Simulator, user: User, callback: Callback) -> None:
    callback.says()

    simulator.send(user.openid_mp, "你好")

    pushed = callback.pushed[0]
    inside = pushed.json()
    assert pushed.path == "/wechat/mini-program"
    assert set(json.loads(pushed.body)) == {"ToUserName", "Encrypt"}
    assert inside["Content"] == "你好"
    assert inside["FromUserName"] == user.openid_mp
    assert inside["MsgId"] > 2**53


def test_numbers_of_messages_never_come_again(
    simulator: Simulator, user: User, callback: Callback
) -> None:
    callback.says()
    simulator.send(user.openid_oa, "1")
    simulator.send(user.openid_oa, "1")
    simulator.reset()
    after = simulator.user()
    simulator.follow(after.openid_oa)
    simulator.send(after.openid_oa, "1")

    found = [one.xml().findtext("MsgId") for one in callback.pushed]

    numbers = [one for one in found if one]
    assert len(numbers) == len(set(numbers)) == 3


@pytest.mark.parametrize("pad", range(1, 33))
def test_every_padding_occurs(
    simulator: Simulator, user: User, callback: Callback, pad: int
) -> None:
    simulator.fault(push="text", pad=pad)
    callback.says()

    simulator.send(user.openid_oa, "你好")

    plain = callback.pushed[0].opened()
    assert crypto.pad_length(len(plain), OA_APPID) == pad
    assert fromstring(plain).findtext("Content") == "你好"


def test_a_push_is_repeated_with_the_same_query_and_body(
    simulator: Simulator, user: User, callback: Callback
) -> None:
    callback.says(503)

    delivery = simulator.send(user.openid_oa, "你好")

    assert [one["outcome"] for one in delivery["attempts"]] == ["refused"] * 3
    assert len(set(callback.pushed)) == 1
    assert len(callback.pushed) == 3
    assert _last(simulator, user) == ("notice", NOTICE)


def test_the_second_attempt_may_succeed(
    simulator: Simulator, user: User, callback: Callback
) -> None:
    callback.says(503, b"success")

    delivery = simulator.send(user.openid_oa, "你好")

    assert [one["outcome"] for one in delivery["attempts"]] == ["refused", "success"]
    assert simulator.inbox(user.openid_oa) == []


def test_a_slow_answer_is_cut(simulator: Simulator, user: User, callback: Callback) -> None:
    """The knob makes it a fifth of a second; the platform's own five are the default."""
    simulator.account(push_seconds=0.2, push_attempts=2)
    slow = _Slow()
    callback.says(slow)

    delivery = simulator.send(user.openid_oa, "你好")
    slow.event.set()

    assert [one["outcome"] for one in delivery["attempts"]] == ["cut", "cut"]
    assert all(0.19 <= one["seconds"] < 5 for one in delivery["attempts"])
    assert _last(simulator, user) == ("notice", NOTICE)
    assert (
        new_account(
            "official-account", appid="x", secret="", token="", aes_key="", mode="safe"
        ).push_seconds
        == 5
    )


def test_attempts_keep_their_distance(simulator: Simulator, user: User, callback: Callback) -> None:
    simulator.account(push_spacing=0.15)
    callback.says(503, b"")
    started = time.monotonic()

    delivery = simulator.send(user.openid_oa, "你好")

    assert [one["outcome"] for one in delivery["attempts"]] == ["refused", "empty"]
    assert time.monotonic() - started >= 0.15


def test_a_service_that_is_down_is_tried_too(simulator: Simulator, user: User) -> None:
    simulator.account(push_attempts=4)
    simulator.fault(push="text", no_retry=True)

    once = simulator.send(user.openid_oa, "你好")

    assert len(once["attempts"]) == 1


def test_a_duplicate_is_the_same_post(simulator: Simulator, user: User, callback: Callback) -> None:
    simulator.fault(push="text", duplicate=7)
    callback.says(reply("<MsgType>text</MsgType><Content>好</Content>"))

    delivery = simulator.send(user.openid_oa, "你好")

    assert len(callback.pushed) == len(delivery["attempts"]) == 8
    assert len(set(callback.pushed)) == 1
    assert len(simulator.inbox(user.openid_oa)) == 1


def test_a_lost_answer_brings_the_push_again(
    simulator: Simulator, user: User, callback: Callback
) -> None:
    simulator.fault(push="text", lost_answer=True)
    callback.says(reply("<MsgType>text</MsgType><Content>好</Content>"))

    delivery = simulator.send(user.openid_oa, "你好")

    assert [one["outcome"] for one in delivery["attempts"]] == ["reply", "reply"]
    assert len(simulator.inbox(user.openid_oa)) == 1


@pytest.mark.parametrize(
    ("fault", "refused"),
    [
        ({"wrong_signature": True}, InvalidSignatureException),
        ({"wrong_appid": True}, InvalidAppIdException),
    ],
)
def test_forged_pushes_are_forged(
    simulator: Simulator, user: User, callback: Callback, fault: Json, refused: type[Exception]
) -> None:
    simulator.fault(push="text", **fault)
    callback.says()

    simulator.send(user.openid_oa, "你好")

    with pytest.raises(refused):
        callback.pushed[0].opened()


def test_a_forged_plain_push_has_a_wrong_signature(
    simulator: Simulator, user: User, callback: Callback
) -> None:
    simulator.account(mode="plain")
    simulator.fault(push="text", wrong_signature=True)
    callback.says()

    simulator.send(user.openid_oa, "你好")

    assert not _is_signed(callback.pushed[0])


def test_a_downgraded_push_is_clear_and_an_old_one_is_old(
    simulator: Simulator, user: User, callback: Callback
) -> None:
    simulator.fault(push="text", plaintext=True)
    simulator.fault(push="text", stale=600)
    callback.says()

    simulator.send(user.openid_oa, "你好")
    simulator.send(user.openid_oa, "你好")

    assert "msg_signature" not in callback.pushed[0].query
    assert int(callback.pushed[1].query["timestamp"]) <= time.time() - 600


def test_pushes_arrive_out_of_order(simulator: Simulator, user: User, callback: Callback) -> None:
    simulator.fault(push="text", reorder=True)
    callback.says()

    held = simulator.send(user.openid_oa, "一")
    simulator.send(user.openid_oa, "二")

    assert held["held"] is True
    arrived = [one.xml().findtext("Content") for one in callback.pushed]
    assert arrived == ["二", "一"]


def test_control_characters_go_out_as_they_are(
    simulator: Simulator, user: User, callback: Callback
) -> None:
    callback.says()

    simulator.send(user.openid_oa, "a\x1db")

    assert b"<![CDATA[a\x1db]]>" in callback.pushed[0].opened()


def test_pushes_are_signed_in_machine_time_and_dated_in_simulated_time(
    simulator: Simulator, user: User, callback: Callback
) -> None:
    simulator.clock(datetime(2026, 3, 9, 8, tzinfo=UTC))
    callback.says()

    simulator.send(user.openid_oa, "你好")

    pushed = callback.pushed[0]
    created_at = int(pushed.xml().findtext("CreateTime", "0"))
    assert abs(created_at - datetime(2026, 3, 9, 8, tzinfo=UTC).timestamp()) < 60
    assert abs(int(pushed.query["timestamp"]) - time.time()) < 60


class _Slow:
    """An answer that waits until the test is over."""

    def __init__(self) -> None:
        self.event = threading.Event()

    def __call__(self, request: Pushed) -> Answer:
        del request
        self.event.wait(10)
        return 200, b"success"


def _is_signed(pushed: Pushed) -> bool:
    query = pushed.query
    recent = abs(int(query["timestamp"]) - time.time()) < 60
    return recent and crypto.is_signed(
        query["signature"], OA_TOKEN, query["timestamp"], query["nonce"]
    )


def _last(simulator: Simulator, user: User) -> tuple[str, str]:
    entry = simulator.inbox(user.openid_oa)[-1]
    return entry["kind"], entry["content"]["content"]
