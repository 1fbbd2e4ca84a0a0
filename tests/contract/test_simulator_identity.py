"""Logging in on the simulated platform: codes, session keys, phone numbers, web log-ins."""

import base64
import hmac
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.support.simulator import (
    MP_APPID,
    MP_SECRET,
    OA_APPID,
    OA_SECRET,
    Json,
    Simulator,
    User,
    in_thread,
)

LOGIN = "/sns/jscode2session"
PHONE = "/wxa/business/getuserphonenumber"
AUTHORIZE = "/connect/oauth2/authorize"
TARGET = "https://asi.example.com/wechat?a=1"


def test_a_login_code_is_worth_a_session_once(simulator: Simulator, user: User) -> None:
    code = _code(simulator, user)

    answer = _login(simulator, code)

    assert answer.headers["content-type"].startswith("text/plain")
    session = answer.json()
    assert set(session) == {"session_key", "openid", "unionid"}
    assert (session["openid"], session["unionid"]) == (user.openid_mp, user.unionid)
    assert len(base64.b64decode(session["session_key"])) == 16
    again = _login(simulator, code).json()
    assert again["errcode"] == 40163
    assert again["errmsg"].startswith("code been used, rid: ")


def test_an_unbound_mini_program_gets_no_union_id(simulator: Simulator, user: User) -> None:
    simulator.account("mini-program", bound=False)

    assert "unionid" not in _login(simulator, _code(simulator, user)).json()


def test_a_login_code_lives_five_minutes(simulator: Simulator, user: User) -> None:
    code = _code(simulator, user)
    simulator.advance(301)

    assert _login(simulator, code).json()["errcode"] == 40029


@pytest.mark.parametrize(
    ("changed", "errcode"),
    [
        ({"js_code": "unknown"}, 40029),
        ({"js_code": ""}, 41008),
        ({"grant_type": "x"}, 40002),
        ({"appid": "wx0"}, 40013),
        ({"appid": OA_APPID, "secret": OA_SECRET}, 40013),
        ({"secret": "wrong"}, 40125),
    ],
)
def test_a_login_is_checked(simulator: Simulator, changed: Json, errcode: int) -> None:
    assert _login(simulator, "unknown", **changed).json()["errcode"] == errcode


def test_a_login_code_of_someone_who_is_gone_is_invalid(simulator: Simulator, user: User) -> None:
    phone_code = simulator.act(user.openid_mp, "phone-code", phone="1")["code"]

    assert _login(simulator, phone_code).json()["errcode"] == 40029


def test_a_high_risk_person_is_blocked(simulator: Simulator, user: User) -> None:
    simulator.act(user.openid_mp, "person", blocked=True)

    assert _login(simulator, _code(simulator, user)).json()["errcode"] == 40226


def test_a_person_logs_in_a_hundred_times_a_minute(simulator: Simulator, user: User) -> None:
    # From a minute's beginning on, or the next one would begin in between.
    simulator.clock(datetime(2026, 3, 9, 8, tzinfo=UTC))
    answers = [_login(simulator, _code(simulator, user)).json() for _ in range(101)]

    assert ["errcode" in one for one in answers] == [False] * 100 + [True]
    assert answers[-1]["errcode"] == 45011


def test_any_code_may_be_accepted_for_the_developer_tools() -> None:
    with in_thread(accepts_any_code=True) as simulator:
        first, second = (_login(simulator, code).json() for code in ("one", "two"))

    assert first["openid"] == second["openid"]


def test_a_session_key_is_checked_and_replaced(simulator: Simulator, user: User) -> None:
    key = _login(simulator, _code(simulator, user)).json()["session_key"]

    checked = _session(simulator, user, key)
    replaced = _session(simulator, user, key, path="/wxa/resetusersessionkey")

    assert checked["errcode"] == 0
    assert replaced["openid"] == user.openid_mp
    assert _session(simulator, user, key)["errcode"] == 87009
    assert _session(simulator, user, replaced["session_key"])["errcode"] == 0
    assert _session(simulator, user, key, sig_method="md5")["errcode"] == 87008
    assert _session(simulator, user, key, openid="nobody")["errcode"] == 40003
    simulator.act(user.openid_mp, "person", session_expired=True)
    assert _session(simulator, user, replaced["session_key"])["errcode"] == 87007


def test_a_phone_number_is_told_once(simulator: Simulator, user: User) -> None:
    code = simulator.act(user.openid_mp, "phone-code", phone="13800138000")["code"]

    first, second = _phone(simulator, code), _phone(simulator, code)

    info = first["phone_info"]
    assert info["phoneNumber"] == info["purePhoneNumber"] == "13800138000"
    assert info["countryCode"] == "86"
    assert info["watermark"]["appid"] == MP_APPID
    assert second["errcode"] == 40029


def test_a_foreign_number_carries_its_country(simulator: Simulator, user: User) -> None:
    code = simulator.act(user.openid_mp, "phone-code", phone="91234567", country_code="65")["code"]

    info = _phone(simulator, code)["phone_info"]

    assert (info["phoneNumber"], info["countryCode"]) == ("+6591234567", "65")


def test_a_phone_code_is_for_its_person_and_five_minutes(simulator: Simulator, user: User) -> None:
    other = simulator.user()
    codes = [simulator.act(user.openid_mp, "phone-code")["code"] for _ in range(3)]

    assert _phone(simulator, codes[0], openid=other.openid_mp)["errcode"] == 40029
    assert _phone(simulator, codes[1], openid=user.openid_mp)["errcode"] == 0
    simulator.advance(301)
    assert _phone(simulator, codes[2])["errcode"] == 40029
    assert _phone(simulator, _code(simulator, user))["errcode"] == 40029


def test_phone_numbers_are_not_for_private_owners(simulator: Simulator) -> None:
    simulator.account("mini-program", type="personal")

    assert _phone(simulator, "x")["errcode"] == 48001


def test_consent_sends_the_browser_back_with_a_code(simulator: Simulator, user: User) -> None:
    answer = _authorize(simulator, user)

    assert answer.status_code == 302
    back = urlsplit(answer.headers["location"])
    query = parse_qs(back.query)
    assert (back.netloc, query["a"], query["state"]) == ("asi.example.com", ["1"], ["s1"])
    session = _web_session(simulator, query["code"][0])
    assert session["openid"] == user.openid_oa
    assert session["unionid"] == user.unionid
    assert session["expires_in"] == 7200
    assert _web_session(simulator, query["code"][0])["errcode"] == 40163
    told = _told(simulator, session)
    assert (told["nickname"], told["unionid"]) == ("小明", user.unionid)
    assert _checked(simulator, session)["errcode"] == 0


def test_silent_consent_tells_the_openid_only(simulator: Simulator, user: User) -> None:
    session = _silent(simulator, user)

    assert "unionid" not in session
    assert _told(simulator, session)["errcode"] == 48001


def test_a_web_session_is_renewed_for_thirty_days(simulator: Simulator, user: User) -> None:
    session = _silent(simulator, user)
    simulator.advance(7201)
    assert _checked(simulator, session)["errcode"] == 42001

    renewed = _renewed(simulator, session)

    assert _checked(simulator, renewed)["errcode"] == 0
    assert _checked(simulator, renewed | {"openid": "nobody"})["errcode"] == 40003
    assert _checked(simulator, session)["errcode"] == 40001
    assert _renewed(simulator, session)["errcode"] == 40030
    simulator.advance(31 * 86400)
    assert _renewed(simulator, renewed)["errcode"] == 40030


def test_refused_consent_comes_back_with_the_state_alone(simulator: Simulator, user: User) -> None:
    answer = _authorize(simulator, user, simulator_refuse="1")

    assert parse_qs(urlsplit(answer.headers["location"]).query) == {"a": ["1"], "state": ["s1"]}


def test_the_browser_tells_by_a_cookie_whose_phone_it_is_on(
    simulator: Simulator, user: User
) -> None:
    answer = _authorize(
        simulator, user, simulator_openid=None, cookie=f"simulator_openid={user.openid_oa}"
    )

    assert answer.status_code == 302


def test_an_unknown_browser_may_choose_who_it_is(simulator: Simulator, user: User) -> None:
    answer = _authorize(simulator, user, simulator_openid=None)

    assert answer.status_code == 200
    assert f"simulator_openid={user.openid_oa}" in answer.text
    assert "小明" in answer.text


@pytest.mark.parametrize(
    ("changed", "account", "told"),
    [
        ({"appid": "wx0"}, {}, "10005"),
        ({}, {"type": "subscription"}, "10005"),
        ({"scope": "snsapi_all"}, {}, "10005"),
        ({"response_type": "token"}, {}, "10005"),
        ({"redirect_uri": "nonsense"}, {}, "10003"),
        ({}, {"oauth_hosts": ["example.com"]}, "10003"),
    ],
)
def test_what_is_not_registered_is_an_error_page(
    simulator: Simulator, user: User, changed: Json, account: Json, told: str
) -> None:
    simulator.account(**account)

    answer = _authorize(simulator, user, **changed)

    assert answer.status_code == 200
    assert told in answer.text


@pytest.mark.parametrize(
    ("changed", "errcode"),
    [
        ({"code": "unknown"}, 40029),
        ({"code": ""}, 41008),
        ({"grant_type": "x"}, 40002),
        ({"appid": MP_APPID, "secret": MP_SECRET}, 48001),
    ],
)
def test_a_web_login_is_checked(simulator: Simulator, changed: Json, errcode: int) -> None:
    assert _web_session(simulator, "unknown", **changed)["errcode"] == errcode


def test_a_web_session_of_nobody_is_invalid(simulator: Simulator) -> None:
    answer = _checked(simulator, {"access_token": "none", "openid": "nobody"})

    assert answer["errcode"] == 40001


def _code(simulator: Simulator, user: User) -> str:
    return str(simulator.act(user.openid_mp, "login-code")["code"])


def _login(simulator: Simulator, code: str, **changed: Any) -> Any:
    query = {
        "appid": MP_APPID,
        "secret": MP_SECRET,
        "js_code": code,
        "grant_type": "authorization_code",
    }
    return simulator.http.get(LOGIN, params=query | changed)


def _session(
    simulator: Simulator, user: User, key: str, *, path: str = "/wxa/checksession", **changed: Any
) -> Json:
    query = {
        "openid": user.openid_mp,
        "signature": hmac.new(key.encode(), b"", "sha256").hexdigest(),
        "sig_method": "hmac_sha256",
    }
    return simulator.call(path, simulator.token("mini-program"), get=True, **(query | changed))


def _phone(simulator: Simulator, code: str, **more: Any) -> Json:
    return simulator.call(PHONE, simulator.token("mini-program"), code=code, **more)


def _authorize(simulator: Simulator, user: User, cookie: str = "", **changed: Any) -> Any:
    query = {
        "appid": OA_APPID,
        "redirect_uri": TARGET,
        "response_type": "code",
        "scope": "snsapi_userinfo",
        "state": "s1",
        "simulator_openid": user.openid_oa,
    } | changed
    return simulator.http.get(
        AUTHORIZE,
        params={name: value for name, value in query.items() if value is not None},
        headers={"cookie": cookie} if cookie else {},
    )


def _silent(simulator: Simulator, user: User) -> Json:
    location = _authorize(simulator, user, scope="snsapi_base").headers["location"]
    return _web_session(simulator, parse_qs(urlsplit(location).query)["code"][0])


def _web_session(simulator: Simulator, code: str, /, **changed: Any) -> Json:
    query = {
        "appid": OA_APPID,
        "secret": OA_SECRET,
        "code": code,
        "grant_type": "authorization_code",
    }
    return _asked(simulator, "/sns/oauth2/access_token", **(query | changed))


def _renewed(simulator: Simulator, session: Json) -> Json:
    query = {"appid": OA_APPID, "grant_type": "refresh_token"}
    token = session["refresh_token"]
    return _asked(simulator, "/sns/oauth2/refresh_token", **query, refresh_token=token)


def _told(simulator: Simulator, session: Json) -> Json:
    return _asked(simulator, "/sns/userinfo", **_named(session))


def _checked(simulator: Simulator, session: Json) -> Json:
    return _asked(simulator, "/sns/auth", **_named(session))


def _named(session: Json) -> Json:
    return {name: session[name] for name in ("access_token", "openid")}


def _asked(simulator: Simulator, path: str, **query: Any) -> Json:
    found: Json = simulator.http.get(path, params=query).json()
    return found
