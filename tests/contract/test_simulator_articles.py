"""The menu, the JS-SDK's ticket, drafts and publishing on the simulated platform."""

import json
from typing import Any

import pytest

from tests.support.callbacks import Callback
from tests.support.simulator import (
    Json,
    Simulator,
    User,
)

MENU: list[Json] = [
    {"type": "view", "name": "征询", "url": "https://example.com/"},
    {
        "name": "参与",
        "sub_button": [
            {"type": "click", "name": "报名", "key": "join"},
            {
                "type": "miniprogram",
                "name": "小程序",
                "url": "https://example.com/",
                "appid": "wx1",
                "pagepath": "pages/a",
            },
        ],
    },
]


def _button(**changed: Any) -> list[Json]:
    return [{"type": "view", "name": "征询", "url": "https://example.com/"} | changed]


def _below(**changed: Any) -> list[Json]:
    return [{"name": "参与", "sub_button": _button(**changed)}]


def test_a_menu_comes_into_force(simulator: Simulator, user: User) -> None:
    missing = _menu(simulator, "get", get=True)
    made = _menu(simulator, "create", button=MENU)

    assert (missing["errcode"], made) == (46003, {"errcode": 0, "errmsg": "ok"})
    assert _menu(simulator, "get", get=True)["menu"]["button"] == MENU
    assert simulator.http.get("/simulator/menu").json()["button"] == MENU
    current = simulator.call("/cgi-bin/get_current_selfmenu_info", simulator.token(), get=True)
    assert current["selfmenu_info"]["button"][1]["sub_button"]["list"] == MENU[1]["sub_button"]
    tapped = simulator.menu(user.openid_oa, "https://example.com/")
    assert (tapped["name"], tapped["url"]) == ("VIEW", "https://example.com/")
    assert _menu(simulator, "delete", get=True)["errcode"] == 0
    assert _menu(simulator, "get", get=True)["errcode"] == 46003


@pytest.mark.parametrize(
    ("buttons", "errcode"),
    [
        ([], 40016),
        ("x", 40016),
        (_button() * 4, 40016),
        (["x"], 40016),
        (_button(type="call"), 40017),
        (_button(type="miniprogram"), 40017),
        (_button(name=""), 40018),
        (_button(name="六个汉字不行"), 40018),
        (_button(type="click"), 40019),
        (_button(type="click", key="k" * 129), 40019),
        (_button(url=""), 40020),
        (_button(url="https://example.com/" + "a" * 1024), 40020),
        (_button(url="ftp://example.com/"), 40055),
        ([{"name": "参与", "sub_button": _button() * 6}], 40023),
        ([{"name": "参与", "sub_button": ["x"]}], 40023),
        ([{"name": "参与", "sub_button": "x"}], 40023),
        (_below(type="call"), 40024),
        (_below(name="字" * 21), 40025),
        (_below(type="click"), 40026),
        (_below(url=""), 40027),
        (_below(url="x"), 40054),
    ],
)
def test_a_menu_is_checked(simulator: Simulator, buttons: Any, errcode: int) -> None:
    assert _menu(simulator, "create", button=buttons)["errcode"] == errcode


def test_a_menu_with_escaped_characters_is_refused(simulator: Simulator) -> None:
    answer = simulator.http.post(
        "/cgi-bin/menu/create",
        params={"access_token": simulator.token()},
        content=json.dumps({"button": MENU}),
    )

    assert answer.json()["errcode"] == 40033


def test_the_ticket_stays_for_two_hours(simulator: Simulator) -> None:
    def ticket(type_: str = "jsapi") -> Json:
        return simulator.call("/cgi-bin/ticket/getticket", simulator.token(), get=True, type=type_)

    first = ticket()
    simulator.advance(3600)
    second = ticket()

    assert (first["errcode"], first["expires_in"]) == (0, 7200)
    assert second["ticket"] == first["ticket"]
    assert 3590 <= second["expires_in"] <= 3600
    simulator.advance(3601)
    assert ticket()["ticket"] != first["ticket"]
    assert ticket("x")["errcode"] == 40097


def test_a_draft_is_kept_changed_and_thrown_away(simulator: Simulator) -> None:
    article = _article(simulator)
    added = _draft(simulator, "add", articles=[article])
    media_id = added["media_id"]

    assert set(added) == {"media_id"}
    item = _draft(simulator, "get", media_id=media_id)["news_item"][0]
    assert item["content_source_url"] == "https://example.com/r/article"
    assert item["digest"] == "正文" * 27
    changed = _draft(
        simulator, "update", media_id=media_id, index=0, articles=article | {"title": "新"}
    )
    assert changed["errcode"] == 0
    page = _draft(simulator, "batchget", offset=0, count=20)
    assert page["item"][0]["content"]["news_item"][0]["title"] == "新"
    assert _draft(simulator, "count", get=True) == {"total_count": 1}
    assert _draft(simulator, "delete", media_id=media_id)["errcode"] == 0
    assert _draft(simulator, "get", media_id=media_id)["errcode"] == 40007
    assert _draft(simulator, "batchget", offset=0, count=21)["errcode"] == 40007


@pytest.mark.parametrize(
    ("changed", "errcode"),
    [
        ({"title": "字" * 33}, 45003),
        ({"title": ""}, 45003),
        ({"author": "字" * 17}, 45110),
        ({"digest": "字" * 129}, 45004),
        ({"content": ""}, 45166),
        ({"content": "字" * 20_000}, 45166),
        ({"content_source_url": "javascript:x"}, 41039),
        ({"content_source_url": "https://example.com/" + "a" * 1024}, 41039),
        ({"content_source_url": 1}, 41039),
        ({"thumb_media_id": "none"}, 40007),
    ],
)
def test_a_draft_is_checked(simulator: Simulator, changed: Json, errcode: int) -> None:
    article = _article(simulator) | changed

    assert _draft(simulator, "add", articles=[article])["errcode"] == errcode


def test_the_shape_of_a_draft_is_checked(simulator: Simulator) -> None:
    media_id = _draft(simulator, "add", articles=[_article(simulator)])["media_id"]

    assert _draft(simulator, "add", articles=[])["errcode"] == 47001
    assert _draft(simulator, "add", articles=["x"])["errcode"] == 47001
    assert _draft(simulator, "update", media_id=media_id, index=1)["errcode"] == 40114
    assert _draft(simulator, "update", media_id=media_id, index="0")["errcode"] == 47001


def test_a_temporary_picture_is_no_cover(simulator: Simulator) -> None:
    answer = simulator.http.post(
        "/cgi-bin/media/upload",
        params={"access_token": simulator.token(), "type": "thumb"},
        files={"media": ("a.jpg", b"x", "image/jpeg")},
    )
    article = _article(simulator) | {"thumb_media_id": answer.json()["media_id"]}

    assert _draft(simulator, "add", articles=[article])["errcode"] == 40007


def test_pictures_of_articles_get_an_address(simulator: Simulator) -> None:
    answer = simulator.http.post(
        "/cgi-bin/media/uploadimg",
        params={"access_token": simulator.token()},
        files={"media": ("a.jpg", b"x", "image/jpeg")},
    )

    assert answer.json()["url"].startswith("http://mmbiz.qpic.cn/")


def test_publishing_ends_with_an_event(simulator: Simulator, callback: Callback) -> None:
    media_id = _draft(simulator, "add", articles=[_article(simulator)])["media_id"]
    callback.says()

    submitted = _published(simulator, "submit", media_id=media_id)

    event = callback.wait(1)[0].xml()
    assert event.findtext("Event") == "PUBLISHJOBFINISH"
    assert event.findtext("PublishEventInfo/publish_status") == "0"
    assert event.findtext("PublishEventInfo/publish_id") == submitted["publish_id"]
    told = _published(simulator, "get", publish_id=submitted["publish_id"])
    assert told["publish_status"] == 0
    address = told["article_detail"]["item"][0]["article_url"]
    assert event.findtext("PublishEventInfo/article_detail/item/article_url") == address
    article_id = told["article_id"]
    assert (
        _published(simulator, "getarticle", article_id=article_id)["news_item"][0]["url"] == address
    )
    assert _published(simulator, "batchget", offset=0, count=1)["total_count"] == 1
    assert _published(simulator, "batchget", offset=-1, count=1)["errcode"] == 40007
    assert _draft(simulator, "get", media_id=media_id)["errcode"] == 40007
    assert _published(simulator, "delete", article_id=article_id)["errcode"] == 0
    assert _published(simulator, "getarticle", article_id=article_id)["errcode"] == 53600


def test_an_event_about_nobody_shows_no_fault(simulator: Simulator, callback: Callback) -> None:
    user = simulator.user()
    media_id = _draft(simulator, "add", articles=[_article(simulator)])["media_id"]
    callback.says(503)

    _published(simulator, "submit", media_id=media_id)

    assert len(callback.wait(3)) == 3
    assert simulator.inbox(user.openid_oa) == []


def test_publishing_takes_a_while(simulator: Simulator, callback: Callback) -> None:
    simulator.account(publish_seconds=1)
    media_id = _draft(simulator, "add", articles=[_article(simulator)])["media_id"]
    callback.says()

    publish_id = _published(simulator, "submit", media_id=media_id)["publish_id"]

    assert _published(simulator, "get", publish_id=publish_id)["publish_status"] == 1
    callback.wait(1)
    assert _published(simulator, "get", publish_id=publish_id)["publish_status"] == 0


@pytest.mark.parametrize("status", [2, 3, 4])
def test_publishing_may_fail(simulator: Simulator, callback: Callback, status: int) -> None:
    simulator.account(publish_status=status)
    media_id = _draft(simulator, "add", articles=[_article(simulator)] * 2)["media_id"]
    callback.says()

    publish_id = _published(simulator, "submit", media_id=media_id)["publish_id"]

    event = callback.wait(1)[0].xml()
    failed = [one.text for one in event.findall("PublishEventInfo/fail_idx")]
    assert failed == ["1", "2"]
    told = _published(simulator, "get", publish_id=publish_id)
    assert (told["publish_status"], told["fail_idx"]) == (status, [1, 2])
    assert "news_item" in _draft(simulator, "get", media_id=media_id)


def test_publishing_is_checked(simulator: Simulator) -> None:
    assert _published(simulator, "submit", media_id="none")["errcode"] == 40007
    assert _published(simulator, "get", publish_id="none")["errcode"] == 53600
    simulator.account(type="subscription", verified=False)
    assert _published(simulator, "submit", media_id="none")["errcode"] == 48001


def _menu(simulator: Simulator, name: str, *, get: bool = False, **body: Any) -> Json:
    path = f"/cgi-bin/menu/{name}"
    token = simulator.token()
    if get:
        return simulator.call(path, token, get=True)
    answer = simulator.http.post(
        path,
        params={"access_token": token},
        content=json.dumps(body, ensure_ascii=False).encode(),
    )
    found: Json = answer.json()
    return found


def _draft(simulator: Simulator, name: str, *, get: bool = False, **body: Any) -> Json:
    return simulator.call(f"/cgi-bin/draft/{name}", simulator.token(), get=get, **body)


def _published(simulator: Simulator, name: str, **body: Any) -> Json:
    return simulator.call(f"/cgi-bin/freepublish/{name}", simulator.token(), **body)


def _article(simulator: Simulator) -> Json:
    cover = simulator.http.post(
        "/cgi-bin/material/add_material",
        params={"access_token": simulator.token(), "type": "image"},
        files={"media": ("a.jpg", b"x", "image/jpeg")},
    ).json()
    return {
        "article_type": "news",
        "title": "公告",
        "content": "正文" * 100,
        "content_source_url": "https://example.com/r/article",
        "thumb_media_id": cover["media_id"],
    }
