"""Codes on the simulated platform: of the mini-program and of the account."""

import io
from typing import Any

import pytest
import zxingcpp
from PIL import Image

from tests.support.callbacks import Callback
from tests.support.simulator import (
    MP_APPID,
    Json,
    Simulator,
    User,
)


def test_an_unlimited_code_says_where_it_leads(simulator: Simulator, user: User) -> None:
    answer = _picture(simulator, "/wxa/getwxacodeunlimit", scene="d=1", page="pages/a")

    assert answer.headers["content-type"] == "image/jpeg"
    scanned = simulator.act(user.openid_oa, "scan", url=_read(answer.content))
    assert scanned == {"mini_program": {"appid": MP_APPID, "path": "pages/a", "query": "scene=d=1"}}


def test_a_transparent_code_is_a_png_of_the_width(simulator: Simulator) -> None:
    answer = _picture(simulator, "/wxa/getwxacodeunlimit", scene="a", is_hyaline=True, width=280)

    assert answer.headers["content-type"] == "image/png"
    assert Image.open(io.BytesIO(answer.content)).size == (280, 280)


@pytest.mark.parametrize(
    ("changed", "errcode"),
    [
        ({"scene": ""}, 40169),
        ({"scene": 1}, 40169),
        ({"scene": "a" * 33}, 40169),
        ({"scene": "草案"}, 40129),
        ({"scene": "a%20"}, 40129),
        ({"scene": "scancode_time=1"}, 85096),
        ({"page": "/pages/a"}, 41030),
        ({"page": "pages/a?b=1"}, 41030),
        ({"page": "pages/none"}, 41030),
        ({"env_version": "beta"}, 40097),
        ({"width": 100}, 40097),
        ({"width": "430"}, 47001),
    ],
)
def test_an_unlimited_code_is_checked(simulator: Simulator, changed: Json, errcode: int) -> None:
    simulator.account("mini-program", pages=["pages/a"])
    body: Json = {"scene": "a", "page": "pages/a"} | changed

    answer = _picture(simulator, "/wxa/getwxacodeunlimit", **body)

    assert answer.json()["errcode"] == errcode


def test_the_page_need_not_be_checked(simulator: Simulator) -> None:
    simulator.account("mini-program", published=False)
    path = "/wxa/getwxacodeunlimit"

    checked = _picture(simulator, path, scene="a", page="pages/new")
    unchecked = _picture(simulator, path, scene="a", page="pages/new", check_path=False)

    assert checked.json()["errcode"] == 41030
    assert unchecked.headers["content-type"] == "image/jpeg"


def test_limited_codes_are_counted_for_life(simulator: Simulator) -> None:
    simulator.account("mini-program", quotas={"/wxa/getwxacode": {"life": 2}})

    first = _picture(simulator, "/wxa/getwxacode", path="pages/a?b=1")
    second = _picture(simulator, "/cgi-bin/wxaapp/createwxaqrcode", path="pages/a")
    third = _picture(simulator, "/wxa/getwxacode", path="pages/a")

    assert first.headers["num-used"] == "1"
    assert "num-used" not in second.headers
    assert third.json()["errcode"] == 45029


@pytest.mark.parametrize(
    ("path", "errcode"), [("", 40159), ("a" * 129, 40159), ("a?scancode_time=1", 85096)]
)
def test_limited_codes_are_checked(simulator: Simulator, path: str, errcode: int) -> None:
    answer = _picture(simulator, "/cgi-bin/wxaapp/createwxaqrcode", path=path)

    assert answer.json()["errcode"] == errcode
    assert (
        _picture(simulator, "/wxa/getwxacode", path="a", env_version="x").json()["errcode"] == 40097
    )


def test_a_qr_code_of_the_account_carries_its_scene(
    simulator: Simulator, user: User, callback: Callback
) -> None:
    made = _qr(simulator, "QR_STR_SCENE", scene_str="poster", expire_seconds=600)
    shown = simulator.http.get("/cgi-bin/showqrcode", params={"ticket": made["ticket"]})
    callback.says()

    simulator.act(user.openid_oa, "scan", url=_read(shown.content))

    assert set(made) == {"ticket", "url", "expire_seconds"}
    event = callback.pushed[0].xml()
    assert (event.findtext("EventKey"), event.findtext("Ticket")) == ("poster", made["ticket"])
    simulator.advance(601)
    gone = simulator.http.get("/cgi-bin/showqrcode", params={"ticket": made["ticket"]})
    assert gone.status_code == 404


def test_a_permanent_code_does_not_expire(simulator: Simulator) -> None:
    made = _qr(simulator, "QR_LIMIT_SCENE", scene_id=1)

    assert set(made) == {"ticket", "url"}
    simulator.advance(10 * 365 * 86400)
    assert simulator.http.get("/cgi-bin/showqrcode", params={"ticket": made["ticket"]}).is_success


@pytest.mark.parametrize(
    ("action", "scene", "more", "errcode"),
    [
        ("QR", {}, {}, 40052),
        ("QR_SCENE", {"scene_id": 0}, {}, 40053),
        ("QR_SCENE", {"scene_id": 2**32}, {}, 40053),
        ("QR_SCENE", {"scene_id": True}, {}, 40053),
        ("QR_SCENE", {"scene_id": 1}, {"expire_seconds": 2_592_001}, 40053),
        ("QR_LIMIT_SCENE", {"scene_id": 100_001}, {}, 40053),
        ("QR_STR_SCENE", {"scene_str": ""}, {}, 40053),
        ("QR_LIMIT_STR_SCENE", {"scene_str": "a" * 65}, {}, 40053),
        ("QR_SCENE", None, {}, 40053),
    ],
)
def test_a_qr_code_is_checked(
    simulator: Simulator, action: str, scene: Json | None, more: Json, errcode: int
) -> None:
    body: Json = {"action_name": action, "action_info": {"scene": scene}} | more

    answer = simulator.call("/cgi-bin/qrcode/create", simulator.token(), **body)

    assert answer["errcode"] == errcode


def test_qr_codes_are_for_verified_service_accounts(simulator: Simulator) -> None:
    simulator.account(type="subscription")

    assert _qr(simulator, "QR_SCENE", scene_id=1)["errcode"] == 48001


def _picture(simulator: Simulator, path: str, /, **body: Any) -> Any:
    token = simulator.token("mini-program")
    return simulator.http.post(path, params={"access_token": token}, json=body)


def _qr(simulator: Simulator, action: str, *, expire_seconds: int = 60, **scene: Any) -> Json:
    return simulator.call(
        "/cgi-bin/qrcode/create",
        simulator.token(),
        action_name=action,
        expire_seconds=expire_seconds,
        action_info={"scene": scene},
    )


def _read(picture: bytes) -> str:
    (found,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture)))
    return str(found.text)
