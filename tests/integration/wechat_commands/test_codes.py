"""Codes made by command and scanned by a phone: each leads to what it was made for."""

from pathlib import Path
from urllib.parse import parse_qs

import httpx2

from services.runtime import settings
from services.runtime.clock import installation_clock
from tests.integration.wechat_commands.conftest import Place
from tests.support import wechat_engine
from tests.support.commands import Shell
from tests.support.simulator import Json, User


def _received(place: Place, user: User, code: Path) -> list[str]:
    """Scan a picture with the phone's camera; give the words that come back."""
    before = len(place.simulator.inbox(user.openid_oa))
    place.simulator.act(user.openid_oa, "scan", url=_seen(code))
    return [
        str(item["content"]["content"]) for item in place.simulator.inbox(user.openid_oa)[before:]
    ]


def _seen(code: Path) -> str:
    (said,) = wechat_engine.decode(code.read_bytes())
    return said


def _opened(place: Place, user: User, url: str) -> Json:
    """Scan what leads into the mini-program, and ask the service as the mini-program does."""
    outcome: Json = place.simulator.act(user.openid_oa, "scan", url=url)["mini_program"]
    # WeChat gives a page its query as it stands; parse_qs decodes it once, as the page does.
    (scene,) = parse_qs(outcome["query"])["scene"]
    answer = httpx2.get(f"{place.service.url}/v1/scenes", params={"scene": scene})
    return {"page": outcome["path"]} | {"place": answer.raise_for_status().json()}


def test_a_phone_scans_each_kind_and_gets_what_it_was_made_for(
    asi: Shell, place: Place, tmp_path: Path
) -> None:
    # Beside a service, the simulator follows its clock's file; this one is told.
    place.simulator.clock(installation_clock(settings.load())())
    user = place.simulator.user()
    permanent, temporary, drawn = (tmp_path / f"{name}.png" for name in ("oa", "temporary", "mp"))

    made = [
        asi("wechat-codes", "make", "official-account", "china", "--output", str(permanent)),
        asi("wechat-codes", "make", "temporary", "ps-v4-draft", "--output", str(temporary)),
        asi("wechat-codes", "make", "mini-program", "china", "--output", str(drawn)),
        asi("wechat-codes", "make", "url-link", "survey", "--json"),
    ]

    assert [done.err for done in made] == ["", "", "", ""]
    (followed,) = _received(place, user, permanent)
    (scanned,) = _received(place, user, temporary)
    assert f"{place.service.url}/r/china?ch=reply" in followed
    assert f"{place.service.url}/r/ps-v4-draft?ch=reply" in scanned
    webinar = _opened(place, user, _seen(drawn))
    assert (webinar["page"], webinar["place"]["query"]) == ("pages/webinar/index", "slug=china")
    survey = _opened(place, user, made[3].json["url"])
    assert survey["page"] == "pages/home/index"
    assert survey["place"]["url"] == "https://www.surveymonkey.com/r/J8G8ZX7"

    listed = asi("wechat-codes", "list", "--json").json
    assert [row["kind"] for row in listed if row["slug"] == "china"] == [
        "mini-program",
        "official-account",
    ]
    assert asi("wechat-codes", "read", "w=china").out.split() == [
        "china",
        "pages/webinar/index",
        "slug=china",
        "/webinars/china",
    ]
    assert "wechat codes" in {row["subject"] for row in asi("doctor", "--json").json if row["ok"]}


def test_a_refusal_leaves_nothing_and_a_lost_answer_waits_for_somebody_to_decide(
    asi: Shell, place: Place
) -> None:
    place.simulator.account(type="subscription")
    nowhere = asi("wechat-codes", "make", "temporary", "china", "--output", "/nowhere/c.png")
    refused = asi("wechat-codes", "make", "official-account", "survey")
    kept = asi("wechat-codes", "list").out
    place.simulator.account(type="service")
    place.simulator.fault(path="/cgi-bin/qrcode/create", effect=True, close=True)
    lost = asi("wechat-codes", "make", "official-account", "survey")
    found = [row for row in asi("doctor", "--json").json if row["subject"] == "wechat codes"]
    asked = asi("wechat-codes", "make", "official-account", "survey")
    again = asi("wechat-codes", "make", "official-account", "survey", "--again")
    asi("wechat-codes", "remove", "official-account", "survey")

    assert [done.code for done in (nowhere, refused, lost, asked, again)] == [2, 1, 1, 1, 0]
    # Found out before WeChat was asked, which would have refused.
    assert "No such file" in nowhere.err
    assert "Traceback" not in nowhere.err
    assert "只有已认证的服务号可以生成" in refused.err
    assert "Only a verified service account" in refused.err
    assert "survey                           official-account" not in kept
    assert [(row["ok"], "survey" in row["detail"]) for row in found] == [(False, True)]
    assert "--again" in asked.err
    assert again.out.startswith("http://weixin.qq.com/q/")
    assert (
        "survey                           official-account" not in asi("wechat-codes", "list").out
    )
