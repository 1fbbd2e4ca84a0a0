"""Consents, subscribe messages and template messages on the simulated platform."""

from typing import Any

import pytest

from tests.support.simulator import Json, Simulator, User

SUBSCRIBE = "/cgi-bin/message/subscribe/send"

NOTICE = "/cgi-bin/message/subscribe/bizsend"

TEMPLATE_SEND = "/cgi-bin/message/template/send"

TEMPLATE = {
    "template_id": "T1",
    "title": "会议提醒",
    "content": "主题：{{thing1.DATA}}\n时间：{{time2.DATA}}\n备注",
}

DATA = {"thing1": {"value": "网络研讨会"}, "time2": {"value": "2026年3月9日 16:00"}}

VALUES = {
    "thing": (["网络研讨会 1", "a" * 20], ["", "字" * 21, "一\n二"]),
    "number": (["1", "-2.5", "9" * 32], ["9" * 33, "一", "1,5"]),
    "letter": (["Abc"], ["a1", "b" * 33]),
    "symbol": (["！？", "#"], ["a", "######"]),
    "character_string": (["ASI-2026_01"], ["编号1", "x" * 33]),
    "time": (
        ["16:00", "16:00:30", "2026年3月9日 16:00", "2026年3月9日 16:00~2026年3月9日 18:00"],
        ["4pm", "2026年3月9日"],
    ),
    "date": (["2026年3月9日", "2026年3月", "3月9日", "2026-03-09", "2026.3.9 16:00"], ["明天"]),
    "amount": (["¥100", "99.5元"], ["100美元", "12345678901"]),
    "phone_number": (["+86-0766-66888866"], ["电话", "1" * 18]),
    "car_number": (["粤A8Z888挂"], ["粤粤A8Z888", "粤A8Z88888挂"]),
    "name": (["张三", "Anna Smith", "张 Anna"], ["字" * 11, "a" * 21]),
    "phrase": (["已处理"], ["ok", "字字字字字字"]),
    "enum": (["是"], ["也许"]),
}


def test_one_consent_is_one_message(simulator: Simulator, user: User) -> None:
    simulator.account("mini-program", templates=[TEMPLATE], pages=["pages/webinar/index"])
    assert _subscribed(simulator, user)["errcode"] == 43101
    simulator.act(user.openid_mp, "subscribe", template_ids={"T1": "accept"})

    sent, again = _subscribed(simulator, user), _subscribed(simulator, user)

    assert (sent["errcode"], again["errcode"]) == (0, 43101)
    assert again["errmsg"].startswith("user refuse to accept the msg rid: ")
    entry = simulator.inbox(user.openid_mp)[-1]
    assert entry["content"]["title"] == "会议提醒"
    assert entry["content"]["lines"] == [
        {"label": "主题", "value": "网络研讨会"},
        {"label": "时间", "value": "2026年3月9日 16:00"},
    ]


def test_refusing_takes_consent_back(simulator: Simulator, user: User) -> None:
    simulator.account("mini-program", templates=[TEMPLATE])
    simulator.act(user.openid_mp, "subscribe", template_ids={"T1": "reject"})
    assert _subscribed(simulator, user)["errcode"] == 43101
    simulator.act(user.openid_mp, "subscribe", template_ids={"T1": "accept"})
    simulator.act(user.openid_mp, "subscribe", template_ids={"T1": "reject"}, settings=True)

    assert _subscribed(simulator, user)["errcode"] == 43101


def test_a_long_term_template_needs_no_new_consent(simulator: Simulator, user: User) -> None:
    simulator.account("mini-program", templates=[TEMPLATE | {"long_term": True}])

    assert [_subscribed(simulator, user)["errcode"] for _ in range(2)] == [0, 0]


@pytest.mark.parametrize(
    ("changed", "errcode"),
    [
        ({"touser": "nobody"}, 40003),
        ({"template_id": "T9"}, 40037),
        ({"page": "pages/none"}, 41030),
        ({"miniprogram_state": "beta"}, 47003),
        ({"lang": "fr"}, 47003),
        ({"data": []}, 47003),
        ({"data": {"thing1": DATA["thing1"]}}, 47003),
        ({"data": DATA | {"thing1": {"value": "敏感词"}}}, 45168),
    ],
)
def test_subscribe_messages_are_checked(
    simulator: Simulator, user: User, changed: Json, errcode: int
) -> None:
    simulator.account(
        "mini-program",
        templates=[TEMPLATE],
        pages=["pages/webinar/index"],
        sensitive_words=["敏感词"],
    )
    simulator.act(user.openid_mp, "subscribe", template_ids={"T1": "accept"})

    assert _subscribed(simulator, user, **changed)["errcode"] == errcode


def test_the_error_names_the_value_that_breaks_its_rule(simulator: Simulator, user: User) -> None:
    simulator.account("mini-program", templates=[TEMPLATE])

    answer = _subscribed(simulator, user, data=DATA | {"thing1": {"value": "字" * 21}})

    assert answer["errmsg"].startswith("argument invalid! data.thing1.value invalid rid: ")


@pytest.mark.parametrize("kind", VALUES)
def test_values_follow_the_rule_of_their_type(simulator: Simulator, user: User, kind: str) -> None:
    template = TEMPLATE | {
        "content": f"内容：{{{{{kind}1.DATA}}}}",
        "long_term": True,
        "choices": {"enum1": ["是", "否"]},
    }
    simulator.account("mini-program", templates=[template])
    good, bad = VALUES[kind]

    def errcode(value: str) -> int:
        answer = _subscribed(simulator, user, page="", data={f"{kind}1": {"value": value}})
        return int(answer["errcode"])

    assert {value: errcode(value) for value in good} == dict.fromkeys(good, 0)
    assert {value: errcode(value) for value in bad} == dict.fromkeys(bad, 47003)


def test_a_notice_of_the_official_account_needs_consent_too(
    simulator: Simulator, user: User
) -> None:
    simulator.account(templates=[TEMPLATE])
    body: Json = {"touser": user.openid_oa, "template_id": "T1", "data": DATA}
    refused = simulator.call(NOTICE, simulator.token(), **body)
    simulator.act(user.openid_oa, "subscribe", template_ids={"T1": "accept"})

    sent = simulator.call(NOTICE, simulator.token(), **body, page="https://example.com/")

    assert (refused["errcode"], sent) == (43101, {"errcode": 0, "errmsg": "ok"})


def test_templates_come_from_the_library(simulator: Simulator) -> None:
    token = simulator.token("mini-program")

    def ask(name: str, *, get: bool = False, **body: Any) -> Json:
        return simulator.call(f"/wxaapi/newtmpl/{name}", token, get=get, **body)

    added = ask("addtemplate", tid="1001", kidList=[1, 2], sceneDesc="会议提醒")
    listed = ask("gettemplate", get=True)

    assert added["errcode"] == 0
    assert listed["data"][0]["priTmplId"] == added["priTmplId"]
    assert listed["data"][0]["content"] == "会议主题:{{thing1.DATA}}\n会议时间:{{time2.DATA}}"
    assert ask("getcategory", get=True)["data"][0]["id"] == 616
    assert ask("getpubtemplatetitles", get=True)["count"] == 3
    assert ask("getpubtemplatekeywords", get=True, tid="1002")["data"][1]["rule"] == "time"
    assert ask("getpubtemplatekeywords", get=True, tid="none")["errcode"] == 200014
    assert ask("deltemplate", priTmplId=added["priTmplId"])["errcode"] == 0
    assert ask("deltemplate", priTmplId=added["priTmplId"])["errcode"] == 200100


@pytest.mark.parametrize(
    ("body", "errcode"),
    [
        ({"tid": "9", "kidList": [1, 2]}, 200014),
        ({"tid": "1001", "kidList": [1]}, 200020),
        ({"tid": "1001", "kidList": [1, 9]}, 200020),
        ({"tid": "1001", "kidList": [1, 2], "sceneDesc": "字" * 16}, 200021),
        ({"tid": "1001", "kidList": [1, 2]}, 200012),
    ],
)
def test_new_templates_are_checked(simulator: Simulator, body: Json, errcode: int) -> None:
    simulator.account(
        "mini-program", templates=[TEMPLATE | {"template_id": f"T{n}"} for n in range(50)]
    )

    answer = simulator.call("/wxaapi/newtmpl/addtemplate", simulator.token("mini-program"), **body)

    assert answer["errcode"] == errcode


def test_template_messages_are_for_followers(simulator: Simulator, user: User) -> None:
    simulator.account(templates=[TEMPLATE])
    body: Json = {
        "touser": user.openid_oa,
        "template_id": "T1",
        "data": DATA,
        "url": "https://example.com/",
        "client_msg_id": "m1",
    }
    token = simulator.token()
    first = simulator.call(TEMPLATE_SEND, token, **body)
    again = simulator.call(TEMPLATE_SEND, token, **body)
    stranger = simulator.user()

    assert first["errcode"] == 0
    assert again["msgid"] == first["msgid"]
    received = [one for one in simulator.inbox(user.openid_oa) if one["via"] == "template"]
    assert [one["content"]["lines"][0]["value"] for one in received] == ["网络研讨会"]
    assert _template_errcode(simulator, body | {"touser": stranger.openid_oa}) == 43004
    assert _template_errcode(simulator, body | {"template_id": "T9"}) == 40037
    simulator.account(type="subscription")
    assert _template_errcode(simulator, body) == 48001


def _template_errcode(simulator: Simulator, body: Json) -> int:
    return int(simulator.call(TEMPLATE_SEND, simulator.token(), **body)["errcode"])


def _subscribed(simulator: Simulator, user: User, **changed: Any) -> Json:
    body: Json = {
        "touser": user.openid_mp,
        "template_id": "T1",
        "page": "pages/webinar/index?id=1",
        "data": DATA,
        "miniprogram_state": "formal",
        "lang": "zh_CN",
    } | changed
    return simulator.call(SUBSCRIBE, simulator.token("mini-program"), **body)
