"""Codes that are kept: given out, scanned, and asked about by the mini-program."""

from datetime import datetime

import httpx2
import pytest

from api.app import Application
from models.vocabulary import ClientKind, VisitKind, WeChatCodeKind
from services import short_links, visits
from services.wechat_codes import keeping
from tests.integration.wechat_codes.house import (
    CODE,
    DAY,
    LINK,
    OFFICIAL_ACCOUNT,
    PRINTED,
    QR,
    TEMPORARY,
    URL_LINK,
    House,
)
from tests.support import pushes, wechat_engine
from tests.support.agents import MINI_PROGRAM_REQUEST
from tests.support.chats import chatting, reply
from wechat_simulator.pictures import read_mini_program_address

HUB = "https://aluminium-stewardship.org/standards-revision-consultation-hub"


async def test_a_code_is_asked_for_once_and_given_out(
    house: House, client: httpx2.AsyncClient
) -> None:
    for kind in 2 * [*WeChatCodeKind]:
        await house.issue(kind)

    calls = {path: len(house.simulator.calls(path)) for path in (QR, CODE, LINK)}
    by_kind = {code.kind: code for code in await house.kept()}
    assert calls == {QR: 2, CODE: 1, LINK: 1}
    assert by_kind[OFFICIAL_ACCOUNT].expires_at is None
    assert by_kind[TEMPORARY].expires_at == house.clock.now + 30 * DAY
    for kind in (OFFICIAL_ACCOUNT, TEMPORARY):
        picture = await client.get(f"/qr/ps-v4-draft/{kind.value}.png?size=300")
        assert wechat_engine.decode(picture.content) == [by_kind[kind].url]
    drawn = await client.get("/qr/ps-v4-draft/mini-program.png")
    (said,) = wechat_engine.decode(drawn.content)
    opened = read_mini_program_address(said)
    assert drawn.headers["content-type"] == "image/png"
    assert opened is not None
    assert (opened["path"], opened["query"]) == ("pages/document/index", "scene=d=ps-v4-draft")
    missing = await client.get("/qr/china/temporary.png")
    assert (missing.status_code, missing.json()["code"]) == (404, "wechat_code_not_made")
    house.clock.now += 31 * DAY
    over = await client.get("/qr/ps-v4-draft/temporary.png")
    assert (over.status_code, over.json()["code"]) == (410, "wechat_code_expired")


@pytest.mark.any_database
async def test_the_url_link_of_the_scanned_code_goes_before_its_links(house: House) -> None:
    await house.print_code()
    await house.issue(URL_LINK, "china")

    async def found(now: datetime) -> str | None:
        async with house.database.snapshot() as db:
            return await keeping.url_link(db, slug="china", code=PRINTED, now=now)

    of_link = await found(house.clock.now)
    of_code = (await house.issue(URL_LINK, PRINTED)).url

    assert of_link is not None
    assert of_link != of_code
    assert await found(house.clock.now) == of_code
    assert await found(house.clock.now + 30 * DAY) is None


async def test_scanning_answers_with_the_target_whether_one_follows_or_not(house: House) -> None:
    await house.print_code()
    await house.issue(OFFICIAL_ACCOUNT, PRINTED)
    async with house.database.transaction() as db:
        await keeping.remove(db, kind=OFFICIAL_ACCOUNT, slug=PRINTED)

    async with chatting(house.database, house.clock) as chat:
        scanned = await chat.push(pushes.event_xml("SCAN", {"EventKey": PRINTED}))
        followed = await chat.push(
            pushes.event_xml("subscribe", {"EventKey": f"qrscene_{PRINTED}"})
        )
        unknown = await chat.push(
            pushes.event_xml("SCAN", {"EventKey": "k2k2k2k"}, at=pushes.AT + 1)
        )

    for answer in (scanned, followed):
        said = reply(answer) or ""
        assert "中文专场" in said
        assert f"/r/{PRINTED}?ch=reply" in said
    assert "欢迎关注" in (reply(unknown) or "")


@pytest.mark.any_database
async def test_the_mini_program_asks_what_a_scene_opens(
    house: House, client: httpx2.AsyncClient, application: Application
) -> None:
    await house.print_code()
    async with house.database.transaction() as db:
        await short_links.set_target(db, slug="coc-v3-draft", target="/documents/ps-v4-draft")

    async def opened(scene: str, **more: str) -> tuple[object, ...]:
        answer = await client.get(
            "/v1/scenes",
            params={"scene": scene} | more,
            headers={"user-agent": MINI_PROGRAM_REQUEST},
        )
        found = answer.json()
        assert answer.headers["cache-control"] == "no-store"
        return found["slug"], found["channel"], found["page"], found["query"], found["url"]

    base = str(client.base_url)
    assert await opened(f"k={PRINTED}") == (
        "china", "poster", "pages/webinar/index", "slug=china", f"{base}/webinars/china",
    )  # fmt: skip
    assert (await opened("d=coc-v3-draft&ch=event"))[1:4] == (
        "event", "pages/document/index", "slug=ps-v4-draft",
    )  # fmt: skip
    assert (await opened("w=china&ch=invented"))[1] is None
    assert (await opened("f=PS,V4,10"))[2:4] == (
        "pages/feedback/index", "standard=PS&version=V4&section=10",
    )  # fmt: skip
    assert await opened("l=survey") == (
        "survey", None, None, "", "https://www.surveymonkey.com/r/J8G8ZX7",
    )  # fmt: skip
    assert (await opened("l=read-original"))[4] == HUB
    refused = await client.get("/v1/scenes", params={"scene": "x=china"})
    assert (refused.status_code, refused.json()["code"]) == (422, "scene_refused")
    await opened(f"k={PRINTED}", scanned="false")
    await application.parts.visits.flush()
    async with house.database.snapshot() as db:
        counted = await visits.totals(db, slug="china")
    assert {(row.code, row.channel, row.kind, row.visits) for row in counted} == {
        (PRINTED, "poster", VisitKind.SCAN, 1),
        ("", "other", VisitKind.SCAN, 1),
        ("", "poster", VisitKind.VISIT, 1),
    }
    assert {row.client for row in counted} == {ClientKind.MINI_PROGRAM}
