"""Links, kept texts and group robots on the simulated platform."""

from typing import Any

import pytest

from tests.support.simulator import (
    MP_APPID,
    Json,
    Simulator,
    User,
)

KEY = "693a91f6-7a0c-4bc4-97a0-0ec251fa5aaa"


def test_links_lead_into_the_mini_program(simulator: Simulator, user: User) -> None:
    link = _link(simulator, "generate_urllink", expire_type=1, expire_interval=1, path="pages/a")
    scheme = _link(
        simulator,
        "generatescheme",
        jump_wxa={"path": "pages/a", "query": "b=1"},
        expire_type=1,
        expire_interval=30,
    )

    assert link["url_link"].startswith("https://wxaurl.cn/")
    assert scheme["openlink"].startswith("weixin://dl/business/?t=")
    told = _link(simulator, "query_urllink", url_link=link["url_link"])["url_link_info"]
    assert (told["path"], told["appid"]) == ("pages/a", MP_APPID)
    told = _link(simulator, "queryscheme", scheme=scheme["openlink"])["scheme_info"]
    assert told["query"] == "b=1"
    opened = simulator.act(user.openid_mp, "scan", url=link["url_link"])
    assert opened == {"mini_program": {"path": "pages/a", "query": ""}}
    simulator.advance(86401)
    opened = simulator.act(user.openid_mp, "scan", url=link["url_link"])
    assert opened == {"expired": link["url_link"]}
    assert _link(simulator, "query_urllink", url_link="https://wxaurl.cn/x")["errcode"] == 85403


@pytest.mark.parametrize(
    ("changed", "errcode"),
    [
        ({"expire_interval": 31}, 85401),
        ({"expire_interval": None}, 85401),
        ({"expire_type": 0, "expire_time": 0}, 85401),
        ({"expire_type": 0}, 85401),
        ({"env_version": "beta"}, 85402),
        ({"path": "pages/none"}, 40165),
        ({"path": "pages/a?b=1"}, 40165),
        ({"query": "中"}, 40212),
    ],
)
def test_links_are_checked(simulator: Simulator, changed: Json, errcode: int) -> None:
    simulator.account("mini-program", pages=["pages/a"])
    body: Json = {"expire_type": 1, "expire_interval": 1, "path": "pages/a"} | changed

    assert _link(simulator, "generate_urllink", **body)["errcode"] == errcode


def test_links_need_a_release_and_an_owner_with_the_right(simulator: Simulator) -> None:
    body: Json = {"expire_type": 1, "expire_interval": 1}
    simulator.account("mini-program", published=False)
    assert _link(simulator, "generate_urllink", **body)["errcode"] == 85079
    assert _link(simulator, "generatescheme", jump_wxa="x", **body)["errcode"] == 47001
    simulator.account("mini-program", type="foreign")
    assert _link(simulator, "generate_urllink", **body)["errcode"] == 40002


def test_links_have_a_limit_per_second(simulator: Simulator) -> None:
    simulator.account("mini-program", quotas={"/wxa/generate_urllink": {"second": 0}})

    assert (
        _link(simulator, "generate_urllink", expire_type=1, expire_interval=1)["errcode"] == 44990
    )


def test_short_links_are_for_shops(simulator: Simulator) -> None:
    body: Json = {"page_url": "pages/a?b=1", "page_title": "商品"}
    assert _link(simulator, "genwxashortlink", **body)["errcode"] == 43104
    simulator.account("mini-program", ecommerce=True)

    made = _link(simulator, "genwxashortlink", **body)

    assert made["link"].startswith("#小程序://商品/")
    assert _link(simulator, "genwxashortlink", page_url="")["errcode"] == 40066
    assert (
        _link(simulator, "genwxashortlink", **body | {"page_title": "字" * 21})["errcode"] == 47001
    )
    assert _link(simulator, "genwxashortlink", **body, is_permanent=True)["errcode"] == 85400


def test_texts_are_kept_under_short_keys(simulator: Simulator) -> None:
    token = simulator.token()

    def fetch(key: str) -> Json:
        return simulator.call("/cgi-bin/shorten/fetch", simulator.token(), short_key=key)

    made = simulator.call("/cgi-bin/shorten/gen", token, long_data="长", expire_seconds=60)

    kept = fetch(made["short_key"])
    assert kept["long_data"] == "长"
    assert 30 <= kept["expire_seconds"] <= 60
    assert fetch("none")["errcode"] == 9410010
    simulator.advance(61)
    assert fetch(made["short_key"])["errcode"] == 9410011
    too_long = simulator.call("/cgi-bin/shorten/gen", token, long_data="a" * 4097)
    assert too_long["errcode"] == 47003


def test_a_robot_posts_twenty_messages_a_minute(simulator: Simulator) -> None:
    answers = [_robot(simulator)["errcode"] for _ in range(21)]

    assert answers == [0] * 20 + [45009]
    posted = simulator.http.get("/simulator/robot").json()["items"]
    assert posted[0]["text"] == {"content": "新留言"}


@pytest.mark.parametrize(
    ("changed", "errcode"),
    [
        ({"key": "nonsense"}, 93000),
        ({"msgtype": "poem"}, 40008),
        ({"text": {"content": "字" * 683}}, 40058),
        ({"text": {"content": ""}}, 40058),
    ],
)
def test_a_robot_is_checked(simulator: Simulator, changed: Json, errcode: int) -> None:
    assert _robot(simulator, **changed)["errcode"] == errcode


def test_a_robot_may_be_listed(simulator: Simulator) -> None:
    simulator.account(robot_keys=["mine"])

    assert (_robot(simulator, key="mine")["errcode"], _robot(simulator)["errcode"]) == (0, 93000)


def test_a_robot_is_posted_to(simulator: Simulator) -> None:
    assert simulator.http.get("/cgi-bin/webhook/send").json()["errcode"] == 43002


def test_an_ordinary_address_is_a_link_to_open(simulator: Simulator, user: User) -> None:
    assert simulator.act(user.openid_oa, "scan", url="https://example.com/r/a") == {
        "link": "https://example.com/r/a"
    }


def _link(simulator: Simulator, name: str, **body: Any) -> Json:
    return simulator.call(f"/wxa/{name}", simulator.token("mini-program"), **body)


def _robot(simulator: Simulator, key: str = KEY, **changed: Any) -> Json:
    body: Json = {"msgtype": "text", "text": {"content": "新留言"}} | changed
    found: Json = simulator.http.post(
        "/cgi-bin/webhook/send", params={"key": key}, json=body
    ).json()
    return found
