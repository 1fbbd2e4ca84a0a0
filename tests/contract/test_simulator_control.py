"""The control side: knobs, faults, clock, inbox, the kept state, and the program itself."""

import json
import socket
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.support import simulator as support
from tests.support.callbacks import Callback
from tests.support.simulator import (
    MP_APPID,
    MP_SECRET,
    Json,
    Simulator,
    User,
    in_thread,
    running,
)
from wechat_simulator import settings
from wechat_simulator.__main__ import prepared
from wechat_simulator.clock import Clock
from wechat_simulator.faults import CallFault, Faults, PushFault

SEND = "/cgi-bin/message/custom/send"
ADDRESSES = "/cgi-bin/getcallbackip"


def test_the_inbox_waits_for_news(simulator: Simulator, user: User) -> None:
    """The wait ends with the message, long before its time."""
    timer = threading.Timer(0.2, _send, (simulator, user))
    timer.start()

    received = simulator.inbox(user.openid_oa, wait=20)

    assert [one["content"]["content"] for one in received] == ["您好"]
    assert simulator.inbox(user.openid_oa, after=received[-1]["number"]) == []
    assert simulator.inbox(user.openid_oa, after=received[-1]["number"], wait=0.05) == []


def test_a_person_is_known_by_all_their_names(simulator: Simulator, user: User) -> None:
    _send(simulator, user)

    inboxes = [simulator.inbox(one) for one in (user.openid_oa, user.openid_mp, user.unionid)]

    assert inboxes[0] == inboxes[1] == inboxes[2] != []


def test_the_chat_shows_both_sides(simulator: Simulator, user: User) -> None:
    simulator.send(user.openid_oa, "你好")
    _send(simulator, user)

    chat = simulator.http.get(f"/simulator/users/{user.openid_oa}/inbox?sent=1").json()["items"]

    assert [one["via"] for one in chat] == ["sent", "customer_service"]
    assert chat[0]["number"] < chat[1]["number"]


def test_users_are_listed_and_shown(simulator: Simulator, user: User) -> None:
    stranger = simulator.user()

    users = simulator.http.get("/simulator/users").json()["users"]
    shown = simulator.http.get(f"/simulator/users/{user.openid_oa}").json()

    assert [one["nickname"] for one in users] == ["小明", stranger.nickname]
    assert [one["following"] for one in users] == [True, False]
    assert shown["windows"]["official-account"]["left"] == 3


def test_a_push_in_the_background_does_not_hold_its_caller(
    simulator: Simulator, user: User, callback: Callback
) -> None:
    gate = threading.Event()
    callback.says(lambda _: (200, b"success" if gate.wait(10) else b""))

    begun = simulator.send(user.openid_oa, "你好", background=True)
    gate.set()

    assert begun == {"background": True}
    assert len(callback.wait(1)) == 1
    impossible = simulator.send(simulator.user().openid_oa, "你好", background=True)
    assert impossible == {"background": True}


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/simulator/users/nobody/follow", {}, 404),
        ("/simulator/users", [1], 422),
        ("/simulator/account", {"account": "shop"}, 409),
        ("/simulator/account", {"appid": "wx0"}, 422),
        ("/simulator/account", {"templates": [{"nonsense": 1}]}, 422),
        ("/simulator/faults", {"nonsense": 1}, 422),
        ("/simulator/faults", {"push": "*", "nonsense": 1}, 422),
        ("/simulator/clock", {"at": "tomorrow"}, 422),
    ],
)
def test_control_requests_are_checked(
    simulator: Simulator, path: str, body: Any, status: int
) -> None:
    answer = simulator.http.post(path, json=body)

    assert answer.status_code == status
    assert answer.json()["error"]


def test_what_is_shown_of_an_account_has_no_secrets(simulator: Simulator) -> None:
    shown = json.dumps([simulator.account(), simulator.http.get("/simulator").json()])

    for secret in (support.OA_SECRET, support.OA_TOKEN, support.OA_AES_KEY, MP_SECRET):
        assert secret not in shown


def test_errors_by_script_come_and_go(simulator: Simulator) -> None:
    simulator.fault(path="/cgi-bin/get*", errcode=-1, count=2)
    simulator.fault(path=ADDRESSES, errcode=45009, errmsg="other")
    token = simulator.token()

    answers = [simulator.call(ADDRESSES, token, get=True) for _ in range(4)]

    assert [one.get("errcode", 0) for one in answers] == [-1, -1, 45009, 0]
    assert answers[0]["errmsg"].startswith("system error rid: ")
    assert answers[2]["errmsg"].startswith("other rid: ")
    assert [one["errcode"] for one in simulator.calls(ADDRESSES)] == [-1, -1, 45009, 0]
    listed = simulator.http.get("/simulator/faults").json()["faults"]
    assert [one["met"] for one in listed] == [2, 1]
    simulator.no_faults()
    assert simulator.http.get("/simulator/faults").json()["faults"] == []


def test_answers_of_another_kind(simulator: Simulator) -> None:
    simulator.http.post(
        "/simulator/faults",
        json=[
            {"path": ADDRESSES, "status": 502},
            {"path": ADDRESSES, "bad_json": True},
            {"path": ADDRESSES, "huge": 200_000},
        ],
    )

    gone, broken, huge = (simulator.http.get(ADDRESSES) for _ in range(3))

    assert (gone.status_code, gone.headers["content-type"]) == (502, "text/html; charset=utf-8")
    with pytest.raises(ValueError, match="Expecting"):
        broken.json()
    assert len(huge.content) > 200_000
    assert [one["fault"] for one in simulator.calls()] == ["status", "bad_json", "huge"]


@pytest.mark.parametrize(
    ("fault", "raised"),
    [
        ({"close": True}, httpx2.RemoteProtocolError),
        ({"timeout": 0.05}, httpx2.RemoteProtocolError),
        ({"timeout": 20}, httpx2.ReadTimeout),
        ({"drip": 50}, httpx2.ReadTimeout),
    ],
)
def test_answers_that_never_come(
    simulator: Simulator, fault: Json, raised: type[Exception]
) -> None:
    simulator.fault(path=ADDRESSES, **fault)

    with pytest.raises((raised, httpx2.ReadError)):
        simulator.http.get(ADDRESSES, timeout=0.5)


def test_a_dripping_answer_never_becomes_whole(simulator: Simulator) -> None:
    simulator.fault(path=ADDRESSES, drip=0.05)

    answer = simulator.http.get(ADDRESSES)

    with pytest.raises(ValueError, match="Expecting"):
        answer.json()


def test_a_late_answer_is_an_answer(simulator: Simulator) -> None:
    simulator.fault(path=ADDRESSES, delay=0.1)
    token = simulator.token()

    answer = simulator.http.get(ADDRESSES, params={"access_token": token})

    assert answer.json() == {"ip_list": ["127.0.0.1"]}
    assert answer.elapsed >= timedelta(seconds=0.1)
    assert simulator.calls(ADDRESSES)[0]["fault"] == "delay"


@pytest.mark.parametrize(("effect", "received"), [(True, 1), (False, 0)])
def test_a_lost_answer_may_have_taken_effect(
    simulator: Simulator, user: User, *, effect: bool, received: int
) -> None:
    simulator.fault(path=SEND, status=502, effect=effect)

    answer = simulator.http.post(
        SEND,
        params={"access_token": simulator.token()},
        json={"touser": user.openid_oa, "msgtype": "text", "text": {"content": "您好"}},
    )

    assert answer.status_code == 502
    assert len(simulator.inbox(user.openid_oa)) == received


def test_a_share_of_the_calls_fails_evenly() -> None:
    faults = Faults()
    faults.add(PushFault(push="*", count=None))
    faults.add(CallFault(path="/*", share=0.3, count=None))

    met = [faults.of_call("/a") is not None for _ in range(20)]

    assert sum(met) == 6
    assert sum(met[:10]) == 3
    assert faults.of_push("text").push == "*"


def test_the_clock_is_set_and_let_go(simulator: Simulator) -> None:
    at = datetime(2026, 3, 9, 8, tzinfo=UTC)

    simulator.clock(at)
    set_to = _now(simulator)
    simulator.advance(3600)
    later = _now(simulator)
    simulator.post("/simulator/clock", at=at.timestamp())
    by_number = _now(simulator)
    simulator.clock(None)

    assert abs(set_to - at) < timedelta(seconds=5)
    assert abs(later - at) - timedelta(hours=1) < timedelta(seconds=5)
    assert abs(by_number - at) < timedelta(seconds=5)
    assert _now(simulator) != set_to


def test_the_clock_follows_the_demo_but_its_codes_do_not(tmp_path: Path) -> None:
    """The service measures tokens and codes with the machine's time, whatever the demo's says."""
    file = tmp_path / "clock.json"
    clock = Clock(file)

    assert abs(clock.now() - clock.machine()) < 1
    file.write_text(json.dumps({"offset_seconds": 86400, "start": "x"}), encoding="utf-8")
    assert abs(clock.now() - clock.machine() - 86400) < 1
    assert abs(clock.now() - clock.machine() - 86400) < 1
    assert abs(clock.credentials() - clock.machine()) < 1
    file.write_text("not JSON at all", encoding="utf-8")
    assert abs(clock.now() - clock.machine() - 86400) < 1
    clock.set(0)
    assert clock.now() < 5
    assert clock.credentials() < 5


def test_an_account_that_is_not_configured_does_not_exist() -> None:
    with in_thread(ASI_MP_APPID="", ASI_PUBLIC_URL="http://127.0.0.1:9/") as simulator:
        user = simulator.user()

        shown = simulator.http.get("/simulator").json()
        answer = simulator.http.post(f"/simulator/users/{user.openid_mp}/login-code")

    assert [one["kind"] for one in shown["accounts"]] == ["official-account"]
    assert shown["service"] == "http://127.0.0.1:9"
    assert answer.status_code == 409


def test_nobody_listens(simulator: Simulator) -> None:
    del simulator
    with in_thread(ASI_PUBLIC_URL="http://127.0.0.1:9") as alone:
        alone.account(push_spacing=0, push_attempts=4)
        user = alone.user()

        delivery = alone.follow(user.openid_oa)
        verified = alone.post("/simulator/verify")

    assert [one["outcome"] for one in delivery["attempts"]] == ["unreachable"] * 4
    assert delivery["received"][0]["via"] == "fault"
    assert verified == {"verified": False, "status": None}


def test_the_state_survives_in_its_file(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    with in_thread(state_file=file) as first:
        user = first.user("小红")
        first.account(push_attempts=1, templates=[{"template_id": "T", "title": "", "content": ""}])
        first.follow(user.openid_oa)
        first.act(user.openid_oa, "messages", image=True)
        token = first.token()
        media = list(_sent(first, user))
    with in_thread(state_file=file, ASI_OA_TOKEN="another-token-of-today") as second:
        restored = second.http.get(f"/simulator/users/{user.openid_mp}").json()
        works = second.call(ADDRESSES, token, get=True)
        fetched = second.http.get(
            "/cgi-bin/media/get", params={"access_token": token, "media_id": media[0]}
        )

    assert (restored["nickname"], restored["following"]) == ("小红", True)
    assert works == {"ip_list": ["127.0.0.1"]}
    assert fetched.content.startswith(b"\x89PNG")


@pytest.mark.parametrize("kept", ["", "{}", "nonsense"])
def test_a_state_that_cannot_be_read_is_begun_anew(tmp_path: Path, kept: str) -> None:
    file = tmp_path / "state.json"
    file.write_text(kept, encoding="utf-8")

    with in_thread(state_file=file) as simulator:
        assert simulator.http.get("/simulator/users").json() == {"users": []}


def test_another_account_has_a_state_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    with in_thread(state_file=file) as first:
        first.account(push_attempts=1)
    with in_thread(state_file=file, ASI_OA_APPID="wx00000000000000aa") as second:
        assert second.account()["push_attempts"] == 3


@pytest.mark.parametrize(
    ("public_url", "port"),
    [
        ("http://127.0.0.1:8000", 8001),
        ("http://localhost", 81),
        ("https://asi.example.com", 444),
    ],
)
def test_the_simulator_listens_beside_the_service(public_url: str, port: int) -> None:
    assert settings.default_port(public_url) == port


def test_the_command_line_chooses_host_and_port() -> None:
    environment = {"ASI_PUBLIC_URL": "http://127.0.0.1:9000"}

    beside = prepared([], environment).config
    chosen = prepared(["--host", "0.0.0.0", "--port", "9100"], environment).config  # noqa: S104

    assert (beside.host, beside.port) == ("127.0.0.1", 9001)
    assert (chosen.host, chosen.port) == ("0.0.0.0", 9100)  # noqa: S104


def test_the_program_runs_beside_the_service(tmp_path: Path) -> None:
    service = _two_free_ports()

    with running(
        tmp_path,
        "--accept-any-code",
        "--state",
        str(tmp_path / "state.json"),
        port=service + 1,
        default_port=True,
        ASI_PUBLIC_URL=f"http://127.0.0.1:{service}",
    ) as simulator:
        session = simulator.http.get(
            "/sns/jscode2session",
            params={
                "appid": MP_APPID,
                "secret": MP_SECRET,
                "js_code": "any",
                "grant_type": "authorization_code",
            },
        ).json()

    assert session["openid"].startswith("o")
    assert (tmp_path / "state.json").exists()


def _send(simulator: Simulator, user: User) -> None:
    body = {"touser": user.openid_oa, "msgtype": "text", "text": {"content": "您好"}}
    with httpx2.Client(base_url=simulator.url, trust_env=False) as http:
        token = simulator.token()
        http.post(SEND, params={"access_token": token}, json=body).raise_for_status()


def _now(simulator: Simulator) -> datetime:
    return datetime.fromisoformat(simulator.http.get("/simulator").json()["now"])


def _sent(simulator: Simulator, user: User) -> list[str]:
    items = simulator.http.get(f"/simulator/users/{user.openid_oa}/inbox?sent=1").json()["items"]
    return [one["content"]["MediaId"] for one in items if one["via"] == "sent"]


def _two_free_ports() -> int:
    """Give a port that is free, and so is the next one."""
    while True:
        with socket.create_server(("127.0.0.1", 0)) as first:
            port = int(first.getsockname()[1])
            try:
                socket.create_server(("127.0.0.1", port + 1)).close()
            except OSError:
                continue
            return port
