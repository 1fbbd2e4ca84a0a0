"""What WeChat tells the service: messages and events, as trees ready to be written.

Trees have the shape of the XML. JSON differs in places; `as_json` makes those differences.
"""

import json
from collections.abc import Mapping
from typing import Any

from wechat_simulator import markup
from wechat_simulator.accounts import Account

LISTED = ("SubscribeMsgPopupEvent", "SubscribeMsgChangeEvent", "SubscribeMsgSentEvent")
"""Events whose list stands at the top level in JSON, where some numbers are texts too."""
PICTURE = "https://mmbiz.qpic.cn/simulator/picture.jpg"
Tree = dict[str, Any]


def head(account: Account, openid: str, kind: str, *, at: float) -> Tree:
    """Begin a push: whom it is for, whom it is about, when."""
    return {
        "ToUserName": account.original_id,
        "FromUserName": openid,
        "CreateTime": int(at),
        "MsgType": kind,
    }


def message(body: Mapping[str, Any], *, media_id: str) -> tuple[str, Tree]:
    """Give kind and fields of the message that a control request describes.

    `{"text"}`, `{"image": true}`, or `{"type"}` with any of the fields WeChat sends.
    """
    if "text" in body:
        fields: Tree = {"Content": str(body["text"])}
        if "menu_item" in body:
            fields["bizmsgmenuid"] = str(body["menu_item"])
        return "text", fields
    kind = "image" if body.get("image") else str(body.get("type", "text"))
    fields = _samples(media_id).get(kind, {})
    given = {name: value for name, value in body.items() if name[:1].isupper()}
    return kind, fields | given


def event(name: str, key: str | None = None, **fields: Any) -> Tree:  # noqa: ANN401 - any field
    """Give the fields of an event."""
    return {"Event": name} | ({} if key is None else {"EventKey": key}) | fields


def tapped(button: Mapping[str, Any], *, menu_id: int, result: str) -> Tree:
    """Give the event of a menu button that was tapped."""
    kind = str(button.get("type", "click"))
    key = str(button.get("key", ""))
    if kind == "click":
        return event("CLICK", key)
    if kind == "view":
        return event("VIEW", str(button.get("url", key)), MenuId=str(menu_id))
    if kind == "miniprogram":
        return event("view_miniprogram", str(button.get("pagepath", key)), MenuId=str(menu_id))
    return event(kind, key, **_tool(kind, result))


def sample(name: str) -> Tree:
    """Give the fields of an event as the facts show them; unknown ones have none."""
    return event(name) | SAMPLES.get(name, {})


def listed(name: str, items: list[Tree]) -> Tree:
    """Give a subscribe-message event with its list."""
    wrapper = {
        "subscribe_msg_popup_event": "SubscribeMsgPopupEvent",
        "subscribe_msg_change_event": "SubscribeMsgChangeEvent",
        "subscribe_msg_sent_event": "SubscribeMsgSentEvent",
    }[name]
    return event(name) | {wrapper: {"List": items}}


def write(tree: Tree, *, format: str) -> bytes:  # noqa: A002 - the console's own word
    """Write a push in the account's format."""
    if format == "json":
        return json.dumps(as_json(tree), ensure_ascii=False).encode()
    return markup.write(tree).encode(errors="surrogatepass")


def as_json(tree: Tree) -> Tree:
    """Give the JSON shape of a push.

    In subscribe-message events the list is an object when it has one item, stands at the top,
    and the numbers are texts.
    """
    wrapper = next((name for name in LISTED if name in tree), None)
    if wrapper is None:
        return tree
    items = [{name: str(value) for name, value in item.items()} for item in tree[wrapper]["List"]]
    rest = {name: value for name, value in tree.items() if name != wrapper}
    return rest | {
        "CreateTime": str(tree["CreateTime"]),
        "List": items[0] if len(items) == 1 else items,
    }


def _samples(media_id: str) -> dict[str, Tree]:
    place = {"Location_X": "39.908722", "Location_Y": "116.397499", "Scale": "15"}
    return {
        "image": {"PicUrl": PICTURE, "MediaId": media_id},
        "voice": {"MediaId": media_id, "Format": "amr", "MediaId16K": f"{media_id}-16k"},
        "video": {"MediaId": media_id, "ThumbMediaId": f"{media_id}-thumb"},
        "shortvideo": {"MediaId": media_id, "ThumbMediaId": f"{media_id}-thumb"},
        "location": place | {"Label": "北京市东城区天安门"},
        "link": {"Title": "链接", "Description": "一个链接", "Url": "https://example.com/"},
        "miniprogrampage": {
            "Title": "小程序卡片",
            "AppId": "wx0000000000000000",
            "PagePath": "pages/index/index",
            "ThumbUrl": PICTURE,
            "ThumbMediaId": media_id,
        },
    }


SAMPLES: dict[str, Tree] = {
    "LOCATION": {"Latitude": "39.908722", "Longitude": "116.397499", "Precision": "30.0"},
    "view_miniprogram": {"EventKey": "pages/index/index", "MenuId": "400000000"},
    "MASSSENDJOBFINISH": {
        "MsgID": 1000001,
        "Status": "send success",
        "TotalCount": 2,
        "FilterCount": 2,
        "SentCount": 2,
        "ErrorCount": 0,
    },
    "kf_create_session": {"KfAccount": "kf2001@simulator"},
    "kf_close_session": {"KfAccount": "kf2001@simulator"},
    "kf_switch_session": {"FromKfAccount": "kf2001@simulator", "ToKfAccount": "kf2002@simulator"},
    "user_authorization_revoke": {"RevokeInfo": "6"},
    "qualification_verify_success": {"ExpiredTime": 1800000000},
    "qualification_verify_fail": {"FailTime": 1800000000, "FailReason": "by time"},
    "naming_verify_success": {"ExpiredTime": 1800000000},
    "naming_verify_fail": {"FailTime": 1800000000, "FailReason": "by time"},
    "annual_renew": {"ExpiredTime": 1800000000},
    "verify_expired": {"ExpiredTime": 1800000000},
    "wxa_punish_event": {"event_type": 1, "punish_reason": "1"},
}


def _tool(kind: str, result: str) -> Tree:
    if kind.startswith("scancode"):
        return {"ScanCodeInfo": {"ScanType": "qrcode", "ScanResult": result}}
    if kind.startswith("pic"):
        sums = [{"PicMd5Sum": "1b5f7c23b5bf75682a53e7b6d163e185"}]
        return {"SendPicsInfo": {"Count": len(sums), "PicList": {"item": sums}}}
    return {
        "SendLocationInfo": {
            "Location_X": "39.908722",
            "Location_Y": "116.397499",
            "Scale": "15",
            "Label": "北京市东城区天安门",
            "Poiname": "",
        }
    }
