"""The simulated API answers as the facts say: order of errors, codes, tokens, quotas."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.simulator import (
    MP_APPID,
    MP_SECRET,
    OA_APPID,
    OA_SECRET,
    Json,
    Simulator,
    User,
)
from wechat_simulator.table import ENDPOINTS

RID = re.compile(r".+ rid: ([0-9a-f]{8})-[0-9a-f]{8}-[0-9a-f]{8}")
SEND = "/cgi-bin/message/custom/send"
CREDENTIAL = {"grant_type": "client_credential", "appid": OA_APPID, "secret": OA_SECRET}
FACTS_13 = """
/cgi-bin/token /cgi-bin/stable_token /cgi-bin/clear_quota /cgi-bin/clear_quota/v2
/cgi-bin/openapi/quota/get /cgi-bin/openapi/rid/get /cgi-bin/getcallbackip
/cgi-bin/get_api_domain_ip /sns/jscode2session /wxa/checksession
/wxa/resetusersessionkey /wxa/business/getuserphonenumber /connect/oauth2/authorize
/sns/oauth2/access_token /sns/oauth2/refresh_token /sns/auth /sns/userinfo
/cgi-bin/message/custom/send /cgi-bin/message/custom/typing
/cgi-bin/message/custom/business/typing /cgi-bin/media/upload /cgi-bin/media/get
/cgi-bin/message/subscribe/send /cgi-bin/message/subscribe/bizsend
/wxaapi/newtmpl/gettemplate /wxaapi/newtmpl/addtemplate /wxaapi/newtmpl/deltemplate
/wxaapi/newtmpl/getcategory /wxaapi/newtmpl/getpubtemplatetitles
/wxaapi/newtmpl/getpubtemplatekeywords /cgi-bin/message/template/send /wxa/msg_sec_check
/wxa/media_check_async /wxa/getwxacodeunlimit /wxa/getwxacode
/cgi-bin/wxaapp/createwxaqrcode /cgi-bin/qrcode/create /cgi-bin/showqrcode
/wxa/generate_urllink /wxa/query_urllink /wxa/generatescheme /wxa/queryscheme
/wxa/genwxashortlink /cgi-bin/shorten/gen /cgi-bin/shorten/fetch /cgi-bin/menu/create
/cgi-bin/menu/get /cgi-bin/menu/delete /cgi-bin/ticket/getticket /cgi-bin/draft/add
/cgi-bin/draft/get /cgi-bin/draft/update /cgi-bin/draft/delete /cgi-bin/draft/batchget
/cgi-bin/draft/count /cgi-bin/freepublish/submit /cgi-bin/freepublish/get
/cgi-bin/freepublish/getarticle /cgi-bin/freepublish/batchget
/cgi-bin/freepublish/delete /cgi-bin/webhook/send
"""


def test_every_endpoint_of_the_facts_is_there() -> None:
    assert sorted(set(FACTS_13.split()) - set(ENDPOINTS)) == []


def test_preconditions_are_checked_in_the_facts_order(simulator: Simulator) -> None:
    """Each call mends one fault of the one before, and the next fault shows."""
    path = "/cgi-bin/menu/create"
    old = simulator.token()
    token = simulator.token(force_refresh=True)
    simulator.account(quotas={path: {"day": 0}}, verified=False)

    def code(method: str = "POST", text: str = "", **query: str) -> int:
        answer = simulator.http.request(method, path, params=query, content=text)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/json; encoding=utf-8"
        assert RID.fullmatch(answer.json()["errmsg"])
        return int(answer.json()["errcode"])

    assert code("GET") == 41001
    assert code("GET", access_token="nonsense") == 40014
    assert code("GET", access_token=old) == 40001
    assert code("GET", access_token=token) == 48001
    simulator.account(verified=True)
    assert code("GET", access_token=token) == 43002
    assert code(access_token=token) == 44002
    assert code(access_token=token, text="{") == 47001
    assert code(access_token=token, text="[]") == 47001
    assert code(access_token=token, text="{}") == 45009
    simulator.account(quotas={})
    assert code(access_token=token, text="{}") == 40016
    simulator.advance(7201)
    assert code(access_token=token, text="{}") == 42001


def test_an_endpoint_of_the_other_account_is_not_authorized(simulator: Simulator) -> None:
    assert (
        simulator.call("/wxa/getwxacodeunlimit", simulator.token(), scene="a")["errcode"] == 48001
    )


def test_the_rid_begins_with_the_second_of_the_call(simulator: Simulator) -> None:
    answer = simulator.call(SEND, "", touser="x")

    found = RID.fullmatch(answer["errmsg"])
    assert found is not None
    second = datetime.fromtimestamp(int(found[1], 16), UTC)
    assert abs((second - datetime.fromtimestamp(_call_at(simulator), UTC)).total_seconds()) < 60


def test_a_rid_is_explained_for_seven_days(simulator: Simulator) -> None:
    simulator.call(SEND, simulator.token(), touser="nobody")
    rid = simulator.calls(SEND)[0]["rid"]

    def looked_up(kind: str = "official-account", rid: str = rid) -> Json:
        return simulator.call("/cgi-bin/openapi/rid/get", simulator.token(kind), rid=rid)

    assert looked_up()["request"]["request_url"] == SEND
    assert looked_up(rid="61725984-6126f6f9-040f19c4")["errcode"] == 76001
    assert looked_up("mini-program")["errcode"] == 76003
    simulator.advance(8 * 86400)
    assert looked_up()["errcode"] == 76004


@pytest.mark.parametrize(
    ("changed", "errcode"),
    [
        ({"grant_type": "password"}, 40002),
        ({"appid": ""}, 41002),
        ({"secret": ""}, 41004),
        ({"appid": "wx0"}, 40013),
        ({"secret": "wrong"}, 40125),
        ({"appid": MP_APPID}, 40125),
    ],
)
def test_tokens_are_for_owners(simulator: Simulator, changed: dict[str, str], errcode: int) -> None:
    given = CREDENTIAL | changed

    classic = simulator.http.get("/cgi-bin/token", params=given).json()
    stable = simulator.http.post("/cgi-bin/stable_token", json=given).json()

    assert (classic["errcode"], stable["errcode"]) == (errcode, errcode)


def test_classic_tokens_overlap_for_five_minutes(simulator: Simulator) -> None:
    old, new = _classic(simulator), _classic(simulator)

    assert old != new
    assert _works(simulator, old)
    assert _works(simulator, new)
    simulator.advance(299)
    assert _works(simulator, old)
    simulator.advance(2)
    assert _errcode(simulator, old) == 40001
    assert _works(simulator, new)


def test_the_stable_token_stays_until_its_last_five_minutes(simulator: Simulator) -> None:
    first = simulator.http.post("/cgi-bin/stable_token", json=CREDENTIAL).json()
    simulator.advance(6855)
    again = simulator.http.post("/cgi-bin/stable_token", json=CREDENTIAL).json()
    simulator.advance(60)
    next_one = simulator.http.post("/cgi-bin/stable_token", json=CREDENTIAL).json()

    assert set(first) == {"access_token", "expires_in"}
    assert first["expires_in"] == 7200
    assert again["access_token"] == first["access_token"]
    assert 343 <= again["expires_in"] <= 345
    assert next_one["access_token"] != first["access_token"]
    assert _works(simulator, first["access_token"])
    simulator.advance(300)
    assert _errcode(simulator, first["access_token"]) in {40001, 42001}


def test_the_two_families_of_tokens_are_apart(simulator: Simulator) -> None:
    stable, classic = simulator.token(), _classic(simulator)

    simulator.token(force_refresh=True)

    assert _errcode(simulator, stable) == 40001
    assert _works(simulator, classic)


def test_forcing_kills_the_old_token_once_in_thirty_seconds(simulator: Simulator) -> None:
    first = simulator.token()
    forced = simulator.token(force_refresh=True)
    again = simulator.token(force_refresh=True)

    assert forced != first
    assert again == forced
    assert _errcode(simulator, first) == 40001
    simulator.advance(31)
    assert simulator.token(force_refresh=True) != forced


def test_forcing_is_for_twenty_times_a_day(simulator: Simulator) -> None:
    for _ in range(20):
        simulator.token(force_refresh=True)
        simulator.advance(31)

    refused = simulator.http.post(
        "/cgi-bin/stable_token", json=CREDENTIAL | {"force_refresh": True}
    )

    assert refused.json()["errcode"] == 45009


def test_the_stable_token_is_posted_for(simulator: Simulator) -> None:
    assert simulator.http.get("/cgi-bin/stable_token").json()["errcode"] == 43002


def test_the_classic_token_has_a_daily_limit(simulator: Simulator) -> None:
    simulator.account(quotas={"/cgi-bin/token": {"day": 1}})
    _classic(simulator)

    refused = simulator.http.get("/cgi-bin/token", params=CREDENTIAL).json()

    assert refused["errcode"] == 45009


def test_a_frozen_secret_and_a_strange_address_get_no_token(simulator: Simulator) -> None:
    simulator.account(allowed_addresses=["10.0.0.0/8"])
    strange = simulator.http.get("/cgi-bin/token", params=CREDENTIAL).json()
    simulator.account(allowed_addresses=["127.0.0.0/8"], frozen=True)
    frozen = simulator.http.get("/cgi-bin/token", params=CREDENTIAL).json()

    assert strange["errmsg"].startswith(
        "invalid ip 127.0.0.1 ipv6 ::ffff:127.0.0.1, not in whitelist rid: "
    )
    assert (strange["errcode"], frozen["errcode"]) == (40164, 40243)


def test_quotas_are_told_and_given_back_ten_times_a_month(simulator: Simulator) -> None:
    token = simulator.token()
    simulator.account(quotas={SEND: {"day": 1}})
    simulator.call(SEND, token, touser="nobody")
    used_up = simulator.call(SEND, token, touser="nobody")
    told = simulator.call("/cgi-bin/openapi/quota/get", token, cgi_path=SEND)
    simulator.call("/cgi-bin/clear_quota", token, appid=OA_APPID)
    again = simulator.call(SEND, token, touser="nobody")

    assert used_up["errcode"] == 45009
    assert told["quota"] == {"daily_limit": 1, "used": 1, "remain": 0}
    assert again["errcode"] == 40003
    by_secret: Json = {"appid": OA_APPID, "appsecret": OA_SECRET}
    cleared = [simulator.post("/cgi-bin/clear_quota/v2", **by_secret) for _ in range(10)]
    assert [one["errcode"] for one in cleared] == [0] * 9 + [48006]


def test_one_quota_is_cleared_by_its_path(simulator: Simulator) -> None:
    token = simulator.token()
    simulator.account(quotas={SEND: {"day": 1}})
    simulator.call(SEND, token, touser="nobody")

    cleared = simulator.call("/cgi-bin/openapi/quota/clear", token, cgi_path=SEND)

    assert cleared["errcode"] == 0
    assert simulator.call(SEND, token, touser="nobody")["errcode"] == 40003


@pytest.mark.parametrize(
    ("path", "body", "errcode"),
    [
        ("/cgi-bin/openapi/quota/get", {"cgi_path": "/cgi-bin/nothing"}, 76021),
        ("/cgi-bin/openapi/quota/get", {"cgi_path": "/wxa/msg_sec_check"}, 76022),
        ("/cgi-bin/clear_quota", {"appid": MP_APPID}, 40013),
    ],
)
def test_quotas_are_asked_for_rightly(
    simulator: Simulator, path: str, body: dict[str, Any], errcode: int
) -> None:
    assert simulator.call(path, simulator.token(), **body)["errcode"] == errcode


def test_limits_per_minute_are_told_and_kept(simulator: Simulator, user: User) -> None:
    path = "/wxa/msg_sec_check"
    token = simulator.token("mini-program")
    simulator.account("mini-program", quotas={path: {"minute": 1}})
    simulator.act(user.openid_mp, "visit")
    body: Json = {"content": "好", "version": 2, "scene": 1, "openid": user.openid_mp}

    answers = [simulator.call(path, token, **body)["errcode"] for _ in range(2)]
    told = simulator.call("/cgi-bin/openapi/quota/get", token, cgi_path=path)

    assert answers == [0, 44991]
    assert told["rate_limit"] == {"call_count": 1, "refresh_second": 60}
    simulator.advance(60)
    assert simulator.call(path, token, **body)["errcode"] == 0


@pytest.mark.parametrize("path", ["/cgi-bin/getcallbackip", "/cgi-bin/get_api_domain_ip"])
def test_the_platform_tells_its_addresses(simulator: Simulator, path: str) -> None:
    assert simulator.call(path, simulator.token(), get=True) == {"ip_list": ["127.0.0.1"]}


def test_calls_are_recorded_without_secrets(simulator: Simulator) -> None:
    token = simulator.token()
    simulator.call(SEND, token, touser="nobody", nested=[{"secret": "s"}])

    fetched, sent = simulator.calls()

    assert (fetched["body"]["secret"], sent["query"]["access_token"]) == ("***", "***")
    assert sent["body"]["nested"] == [{"secret": "***"}]
    assert (sent["path"], sent["errcode"], sent["account"]) == (SEND, 40003, "official-account")
    assert token not in str(simulator.calls())
    assert MP_SECRET not in str(simulator.calls())


def _classic(simulator: Simulator) -> str:
    answer = simulator.http.get("/cgi-bin/token", params=CREDENTIAL).json()
    assert set(answer) == {"access_token", "expires_in"}
    return str(answer["access_token"])


def _errcode(simulator: Simulator, token: str) -> int:
    return int(simulator.call("/cgi-bin/getcallbackip", token, get=True).get("errcode", 0))


def _works(simulator: Simulator, token: str) -> bool:
    return _errcode(simulator, token) == 0


def _call_at(simulator: Simulator) -> float:
    return float(simulator.calls()[-1]["at"])
