"""The menu under the chat: three buttons, five below each."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from wechat_simulator.accounts import Account
from wechat_simulator.calls import OA, OK, Answer, Call, Endpoint, Limit
from wechat_simulator.errors import Failure

MOST_BUTTONS = 3
MOST_BELOW = 5
LONGEST_KEY = 128
LONGEST_URL = 1024
REQUIRED = {
    "click": ("key",),
    "view": ("url",),
    "miniprogram": ("url", "appid", "pagepath"),
    "scancode_push": ("key",),
    "scancode_waitmsg": ("key",),
    "pic_sysphoto": ("key",),
    "pic_photo_or_album": ("key",),
    "pic_weixin": ("key",),
    "location_select": ("key",),
    "media_id": ("media_id",),
    "article_id": ("article_id",),
    "article_view_limited": ("article_id",),
}


@dataclass(frozen=True)
class Codes:
    """The codes of one level's faults."""

    type: int
    name: int
    key: int
    url: int
    address: int
    longest_name: int
    """In bytes."""


TOP = Codes(type=40017, name=40018, key=40019, url=40020, address=40055, longest_name=16)
BELOW = Codes(type=40024, name=40025, key=40026, url=40027, address=40054, longest_name=60)


def create(call: Call) -> Answer:
    """Put a menu in force."""
    if "\\u" in call.text:
        raise Failure(40033)
    buttons = call.body.get("button")
    if not isinstance(buttons, list) or not 0 < len(buttons) <= MOST_BUTTONS:
        raise Failure(40016)
    for button in buttons:
        _check_top(button)
    call.state.menu = buttons
    call.state.menu_id = call.platform.message_id() % 10**9
    return OK


def get(call: Call) -> Answer:
    """Give the menu in force."""
    if call.state.menu is None:
        raise Failure(46003)
    return {"menu": {"button": call.state.menu, "menuid": call.state.menu_id}}


def delete(call: Call) -> Answer:
    """Take the menu away."""
    call.state.menu = None
    return OK


def current(call: Call) -> Answer:
    """Give the menu in force in the shape that accounts without the menu's API may see too."""
    shown = call.state.menu
    return {
        "is_menu_open": int(shown is not None),
        "selfmenu_info": {"button": [_wrapped(button) for button in shown or []]},
    }


def find(menu: list[dict[str, Any]] | None, key: str) -> dict[str, Any] | None:
    """Find a button by its key, address or page."""
    flat = [one for button in menu or [] for one in (button.get("sub_button") or [button])]
    names = ("key", "url", "pagepath")
    return next((one for one in flat if key in [one.get(name) for name in names]), None)


def _check_top(button: Any) -> None:  # noqa: ANN401 - JSON is anything
    if not isinstance(button, dict):
        raise Failure(40016)
    below = button.get("sub_button")
    if not below:
        _check(button, TOP)
        return
    _check_name(button, TOP)
    if not isinstance(below, list) or len(below) > MOST_BELOW:
        raise Failure(40023)
    for one in below:
        if not isinstance(one, dict):
            raise Failure(40023)
        _check(one, BELOW)


def _check(button: Mapping[str, Any], codes: Codes) -> None:
    _check_name(button, codes)
    required = REQUIRED.get(str(button.get("type")))
    if required is None:
        raise Failure(codes.type)
    key, url = button.get("key", ""), button.get("url", "")
    if "key" in required and not _fits(key, LONGEST_KEY):
        raise Failure(codes.key)
    if "url" in required and not _fits(url, LONGEST_URL):
        raise Failure(codes.url)
    if "url" in required and urlsplit(url).scheme not in {"http", "https"}:
        raise Failure(codes.address)
    if any(not button.get(name) for name in required):
        raise Failure(codes.type)


def _check_name(button: Mapping[str, Any], codes: Codes) -> None:
    if not _fits(button.get("name", ""), codes.longest_name):
        raise Failure(codes.name)


def _fits(value: object, longest: int) -> bool:
    return isinstance(value, str) and 0 < len(value.encode()) <= longest


def _wrapped(button: dict[str, Any]) -> dict[str, Any]:
    below = button.get("sub_button")
    return button if not below else button | {"sub_button": {"list": below}}


def _is_verified(account: Account) -> bool:
    return account.verified


ENDPOINTS = (
    Endpoint(
        path="/cgi-bin/menu/create",
        run=create,
        accounts=OA,
        right=_is_verified,
        limits=(Limit(period="day", calls=1000),),
    ),
    Endpoint(
        path="/cgi-bin/menu/get",
        run=get,
        method="GET",
        accounts=OA,
        right=_is_verified,
        limits=(Limit(period="day", calls=10_000),),
    ),
    Endpoint(
        path="/cgi-bin/menu/delete",
        run=delete,
        method="GET",
        accounts=OA,
        right=_is_verified,
        limits=(Limit(period="day", calls=1000),),
    ),
    Endpoint(path="/cgi-bin/get_current_selfmenu_info", run=current, method="GET", accounts=OA),
)
