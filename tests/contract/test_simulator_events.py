"""Messages and events of the simulator carry what the facts say."""

import pytest
from defusedxml.ElementTree import fromstring

from tests.support.callbacks import Callback
from tests.support.simulator import (
    MP_AES_KEY,
    MP_APPID,
    MP_TOKEN,
    OA_APPID,
    Json,
    Simulator,
    User,
)
from wechat_simulator import crypto, pushes

EVENTS: list[tuple[str, Json, Json]] = [
    ("unfollow", {}, {"Event": "unsubscribe", "EventKey": ""}),
    ("scan", {"scene": "poster"}, {"Event": "SCAN", "EventKey": "poster"}),
    ("menu", {"key": "ask"}, {"Event": "CLICK", "EventKey": "ask"}),
    (
        "menu",
        {"key": "https://a.cn/", "type": "view"},
        {"Event": "VIEW", "EventKey": "https://a.cn/"},
    ),
    (
        "menu",
        {"key": "pages/a", "type": "miniprogram"},
        {"Event": "view_miniprogram", "EventKey": "pages/a"},
    ),
    (
        "menu",
        {"key": "code", "type": "scancode_waitmsg", "result": "1"},
        {"Event": "scancode_waitmsg", "ScanCodeInfo/ScanResult": "1"},
    ),
    (
        "menu",
        {"key": "pic", "type": "pic_weixin"},
        {
            "SendPicsInfo/Count": "1",
            "SendPicsInfo/PicList/item/PicMd5Sum": "1b5f7c23b5bf75682a53e7b6d163e185",
        },
    ),
    (
        "menu",
        {"key": "where", "type": "location_select"},
        {"Event": "location_select", "SendLocationInfo/Poiname": ""},
    ),
    ("messages", {"image": True}, {"MsgType": "image"}),
    ("messages", {"type": "voice"}, {"MsgType": "voice", "Format": "amr"}),
    ("messages", {"type": "location", "Label": "北京"}, {"Label": "北京", "Scale": "15"}),
    ("messages", {"type": "link"}, {"MsgType": "link", "Title": "链接"}),
    ("messages", {"text": "是", "menu_item": "7"}, {"Content": "是", "bizmsgmenuid": "7"}),
    ("events", {"event": "LOCATION"}, {"Event": "LOCATION", "Precision": "30.0"}),
    ("events", {"event": "x", "fields": {"A": "1"}}, {"Event": "x", "A": "1"}),
]


@pytest.mark.parametrize(("action", "body", "expected"), EVENTS)
def test_events_carry_what_the_facts_say(
    simulator: Simulator, user: User, callback: Callback, action: str, body: Json, expected: Json
) -> None:
    callback.says()

    simulator.act(user.openid_oa, action, **body)

    inside = callback.pushed[0].xml()
    assert {path: inside.findtext(path) for path in expected} == expected
    assert (inside.find("MsgId") is None) == (inside.findtext("MsgType") == "event")


def test_whoever_leaves_sees_no_answer(
    simulator: Simulator, user: User, callback: Callback
) -> None:
    callback.says(503)

    delivery = simulator.unfollow(user.openid_oa)

    assert len(delivery["attempts"]) == 3
    assert simulator.inbox(user.openid_oa) == []


def test_keys_can_be_changed_while_it_runs(
    simulator: Simulator, user: User, callback: Callback
) -> None:
    simulator.account(token=MP_TOKEN, aes_key=MP_AES_KEY)
    callback.says()

    simulator.send(user.openid_oa, "你好")

    sealed = fromstring(callback.pushed[0].body).findtext("Encrypt", "")
    text = crypto.decrypt(sealed, key=MP_AES_KEY, appid=OA_APPID)
    assert fromstring(text).findtext("Content") == "你好"


def test_a_scan_by_a_stranger_is_a_follow_with_the_scene(
    simulator: Simulator, callback: Callback
) -> None:
    stranger = simulator.user()

    simulator.scan(stranger.openid_oa, "poster")
    simulator.scan(stranger.openid_oa, "poster")

    first, second = (one.xml() for one in callback.pushed)
    assert (first.findtext("Event"), first.findtext("EventKey")) == ("subscribe", "qrscene_poster")
    assert (second.findtext("Event"), second.findtext("EventKey")) == ("SCAN", "poster")
    assert first.findtext("Ticket") == second.findtext("Ticket")


def test_an_event_about_a_person_comes_from_the_platform(
    simulator: Simulator, user: User, callback: Callback
) -> None:
    callback.says()

    simulator.act(user.openid_mp, "events", event="user_authorization_revoke")

    inside = callback.pushed[0].json()
    assert inside["OpenID"] == user.openid_mp
    assert (inside["AppID"], inside["RevokeInfo"]) == (MP_APPID, "6")
    assert inside["FromUserName"] != user.openid_mp


@pytest.mark.parametrize(("asked", "is_list"), [(["T1"], False), (["T1", "T2"], True)])
def test_the_list_of_consents_differs_between_json_andfromstring(
    simulator: Simulator, user: User, callback: Callback, asked: list[str], *, is_list: bool
) -> None:
    for kind in ("official-account", "mini-program"):
        simulator.account(
            kind, templates=[{"template_id": one, "title": one, "content": ""} for one in asked]
        )
    callback.says()
    choices = dict.fromkeys(asked, "accept")

    simulator.act(user.openid_mp, "subscribe", template_ids=choices)
    simulator.act(user.openid_oa, "subscribe", template_ids=choices)

    as_json = callback.pushed[0].json()
    as_xml = callback.pushed[1].xml()
    item = {"TemplateId": "T1", "SubscribeStatusString": "accept", "PopupScene": "0"}
    assert (as_json["List"][0] if is_list else as_json["List"]) == item
    assert isinstance(as_json["CreateTime"], str)
    listed = as_xml.findall("SubscribeMsgPopupEvent/List")
    assert [one.findtext("TemplateId") for one in listed] == asked


def test_asking_for_a_strange_template_is_impossible(simulator: Simulator, user: User) -> None:
    answer = simulator.http.post(
        f"/simulator/users/{user.openid_mp}/subscribe", json={"template_ids": {"T9": "accept"}}
    )

    assert answer.status_code == 409
    assert "T9" in answer.json()["error"]


def test_accepting_in_the_settings_pushes_nothing(
    simulator: Simulator, user: User, callback: Callback
) -> None:
    simulator.account("mini-program", templates=[{"template_id": "T1", "title": "", "content": ""}])
    callback.says()

    simulator.act(user.openid_mp, "subscribe", template_ids={"T1": "accept"}, settings=True)

    assert callback.pushed == []


def test_only_followers_can_write(simulator: Simulator) -> None:
    stranger = simulator.user()

    answer = simulator.http.post(
        f"/simulator/users/{stranger.openid_oa}/messages", json={"text": "你好"}
    )

    assert answer.status_code == 409


def test_samples_of_every_event_can_be_written() -> None:
    for name in pushes.SAMPLES:
        tree = {"MsgType": "event", **pushes.sample(name)}
        assert fromstring(pushes.write(tree, format="xml")).findtext("Event") == name
