"""The sessions' desk: who registered is seen as far as a role may, and every deed holds."""

import csv
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BytesIO, StringIO

import httpx2
import pytest
from PIL import Image
from python_calamine import CalamineWorkbook

from api.app import Application
from models import Registration
from models.vocabulary import StaffRole
from services import qr_codes
from services.conversations.work import Doors
from services.registrations import check_in
from tests.integration.staff.webinar_house import House
from tests.integration.staff.workers import Browser, browsing, hire
from tests.support import wechat_accounts
from tests.support.clocks import SetClock

pytestmark = pytest.mark.any_database

WEBINARS = "/staff/webinars"
CHINA = f"{WEBINARS}/china"
FIELD = re.compile(r'name="(form_token|form_key)" value="([^"]+)"')
NOWHERE = "http://127.0.0.1:9"
MEETING = "https://meeting.example.cn/j/canary-998877"


@pytest.fixture
def house(application: Application, clock: SetClock) -> House:
    return House(application, clock)


@pytest.fixture
async def agent(application: Application) -> AsyncIterator[Browser]:
    async with _at_work(application, StaffRole.AGENT) as browser:
        yield browser


@pytest.fixture
async def editor(application: Application) -> AsyncIterator[Browser]:
    async with _at_work(application, StaffRole.EDITOR) as browser:
        yield browser


async def test_people_are_seen_as_far_as_a_role_may(
    application: Application, house: House, agent: Browser
) -> None:
    await house.seats(1)
    fang = await house.register("王芳", "+8613800138000")
    await house.register("<b>Li</b>", "li@example.org")
    async with _at_work(application, StaffRole.VIEWER) as viewer:
        masked = (await viewer.client.get(CHINA)).text
        closed = await viewer.client.get(f"{CHINA}/registrations/{fang.id}")

    shown = (await agent.client.get(CHINA)).text
    by_phone = (await agent.client.get(CHINA, params={"q": "138 0013 8000"})).text
    by_name = (await agent.client.get(CHINA, params={"q": "<B>", "lang": "en"})).text
    waiting = (await agent.client.get(CHINA, params={"show": "waiting"})).text
    beyond = (await agent.client.get(CHINA, params={"after": 1})).text
    person = (await agent.client.get(f"{CHINA}/registrations/{fang.id}")).text
    every = (await agent.client.get(WEBINARS)).text

    assert ("王**" in masked, "王芳" in masked, closed.status_code) == (True, False, 403)
    for name, page in {"王芳": by_phone, "&lt;b&gt;Li": by_name}.items():
        assert name in page
        assert len(re.findall(r'class="weui-cell__bd"><span class="cell__title">\d', page)) == 1
    assert "王芳" not in waiting
    assert "候补第 1 位" in waiting
    assert "王芳" not in beyond
    assert "138****8000" in shown
    assert 'href="tel:+8613800138000"' in person
    assert "报名成功 1 · 候补 1 · 签到 0" in every
    assert "<b>Li" not in shown + masked
    other = await agent.client.get(f"{WEBINARS}/europe-asia/registrations/{fang.id}")
    assert other.status_code == 404


async def test_masked_people_are_not_found_by_what_is_masked(
    application: Application, house: House, agent: Browser
) -> None:
    fang = await house.register("王芳", "+8613800138000")
    words = ("王芳", "芳", fang.code, "138 0013 8000", "某某铝")

    async with _at_work(application, StaffRole.VIEWER) as viewer:
        page = (await viewer.client.get(CHINA)).text
        masked = [(await viewer.client.get(CHINA, params={"q": one})).text for one in words]
    whole = [(await agent.client.get(CHINA, params={"q": one})).text for one in words]

    assert ["王**" in found for found in masked] == [False] * 4 + [True]
    assert ["王芳</span>" in found for found in whole] == [True] * 5
    assert ("查找姓名" in page, "查找姓名" in whole[0]) == (False, True)


async def test_a_place_in_the_line_is_the_same_whatever_is_shown(
    house: House, agent: Browser
) -> None:
    await house.seats(1)
    *_, last = [
        await house.register(name, f"+861380013800{number}")
        for number, name in enumerate(("甲", "乙", "丙", "丁"))
    ]

    page = (await agent.client.get(CHINA)).text
    found = (await agent.client.get(CHINA, params={"q": "丁"})).text
    person = (await agent.client.get(f"{CHINA}/registrations/{last.id}")).text

    assert re.findall(r"候补第 (\d) 位", page) == ["1", "2", "3"]
    assert re.findall(r"候补第 (\d) 位", found) == ["3"]
    assert "候补第 3 位" in person


async def test_seats_are_given_taken_back_and_moved(house: House, agent: Browser) -> None:
    await house.seats(1)
    await house.open("europe-asia")
    a, b, c = [
        await house.register(name, f"+861380013800{number}")
        for number, name in enumerate(("甲", "乙", "丙"))
    ]

    given = await _send(agent, c, "seat")
    states = [await house.states()]
    await _send(agent, a, "cancel")
    states.append(await house.states())
    moved = await _send(agent, b, "move", webinar="europe-asia")
    again = await _send(agent, b, "move", webinar="europe-asia")
    nowhere = await _send(agent, c, "move", webinar="americas-europe")
    await house.register("丙", "+8613800138002", slug="europe-asia")
    doubled = await _send(agent, c, "move", webinar="europe-asia")
    page = (await agent.client.get(moved.headers["location"])).text
    house.clock.set("2026-03-09T16:00:00+08:00")
    late = await _send(agent, c, "cancel")

    assert given.headers["location"] == f"{CHINA}/registrations/{c.id}?done=seat_given"
    assert [*states, await house.states()] == [
        {"甲": "confirmed", "乙": "waiting", "丙": "confirmed"},
        # One seat, and it is taken: nobody moves up.
        {"甲": "cancelled", "乙": "waiting", "丙": "confirmed"},
        {"甲": "cancelled", "乙": "cancelled", "丙": "confirmed"},
    ]
    assert (await house.states("europe-asia"))["乙"] == "confirmed"
    assert "已转到这一场" in page
    for code, refused in {
        "registration_cancelled": again,
        "webinar_not_found": nowhere,
        "registered_there": doubled,
        "registration_closed": late,
    }.items():
        assert f'data-code="{code}"' in refused.text
    assert await house.acts() == [
        "registration.seat_given",
        "registration.cancelled",
        "registration.moved",
    ]
    carried, agreed = await house.carried_over(moved.headers["location"])
    assert (house.safe.read(carried).value, agreed) == ("+8613800138001", [b.registered_at])
    assert carried.code != b.code


async def test_a_double_tap_is_one_deed(house: House, agent: Browser) -> None:
    a = await house.register("甲", "+8613800138000")
    page = f"{CHINA}/registrations/{a.id}"
    hidden = dict(FIELD.findall((await agent.client.get(page)).text))

    answers = [await agent.client.post(f"{page}/cancel", data=hidden) for _ in range(2)]

    assert {answer.headers["location"] for answer in answers} == {f"{page}?done=cancelled"}
    assert await house.acts() == ["registration.cancelled"]


async def test_the_door_lets_in_once_and_takes_back(house: House, agent: Browser) -> None:
    await house.seats(1)
    await house.open("europe-asia")
    a = await house.register("甲", "+8613800138000")
    b = await house.register("乙", "+8613800138001")
    other = await house.register("丙", "+8613800138002", slug="europe-asia")
    door = f"{CHINA}/check-in"
    ticket = check_in.ticket(a, index=house.application.parts.blind_index)

    scanned = await agent.send(door, shown=ticket)
    typed = await agent.send(door, shown=f"{a.code[:4].lower()} {a.code[4:]}")
    pages = [(await agent.client.get(one.headers["location"])).text for one in (scanned, typed)]
    back = await agent.send(scanned.headers["location"], f"{door}/undo", shown=a.code)
    after = (await agent.client.get(back.headers["location"])).text
    refused = {
        "check_in_elsewhere": await agent.send(door, shown=other.code),
        "seat_missing": await agent.send(door, shown=b.code),
        "check_in_unknown": await agent.send(door, shown="https://evil.example/<script>"),
        "malformed": await agent.send(door, shown=""),
    }

    assert "签到成功" in pages[0]
    assert "此前已经签到" in pages[1]
    assert all("已签到 1 / 1" in page for page in pages)
    assert ("已撤销签到" in after, "已签到 0 / 1" in after) == (True, True)
    for code, page in refused.items():
        assert f'data-code="{code}"' in page.text
        assert "evil.example" not in page.text
    assert await house.acts() == ["registration.checked_in", "registration.check_in_undone"]


async def test_a_photo_of_a_ticket_lets_in(house: House, agent: Browser) -> None:
    first = await house.register("甲", "+8613800138000")
    second = await house.register("乙", "+8613800138001")
    index = house.application.parts.blind_index
    one, two = (check_in.ticket(ticket, index=index) for ticket in (first, second))
    poster = "https://asi.example.cn/r/article"

    good = await _photo(agent, _shot(one, poster))
    page = (await agent.client.get(good.headers["location"])).text
    unfit = [
        await _photo(agent, content) for content in (_shot(one, two), _shot(poster), b"GIF89a")
    ]
    nowhere = await _photo(agent, _shot(two), webinar="mars")

    assert ("甲" in page, "签到成功" in page) == (True, True)
    assert all('data-code="ticket_unreadable"' in answer.text for answer in unfit)
    assert nowhere.status_code == 404
    assert await house.acts() == ["registration.checked_in"]


async def test_settings_are_kept_and_nobody_overwrites_another(
    house: House, editor: Browser
) -> None:
    await house.seats(1)
    await house.register("甲", "+8613800138000")
    await house.register("乙", "+8613800138001")
    page = f"{CHINA}/settings"
    wish = {
        "sequence": _sequence(await editor.client.get(page)),
        "seats": "2",
        "opens_at": "",
        "closes_at": "2026-03-09T12:00",
        "join_from": "2026-03-09T15:30",
        "join_url": MEETING,
        "replay_url": "",
        "slides_url": "",
        "notes_url": "",
    }

    done = await editor.send(page, **wish)
    late = await editor.send(page, **{**wish, "seats": "9"})
    wish["sequence"] = _sequence(late)
    unfit = await editor.send(page, **{**wish, "replay_url": "javascript:1"})
    wrong = await editor.send(page, **{**wish, "seats": "0", "opens_at": "tomorrow"})
    backwards = await editor.send(page, **{**wish, "opens_at": "2026-03-09T13:00"})
    kept = (await editor.client.get(page)).text

    assert done.headers["location"] == f"{CHINA}?done=set"
    assert set((await house.states()).values()) == {"confirmed"}
    # webinar_changed · webinar_address_unfit · webinar_times_unfit
    assert 'data-code="webinar_changed"' in late.text
    assert "<dt>名额</dt><dd>2</dd>" in late.text
    assert 'value="9"' in late.text
    assert 'data-code="webinar_address_unfit"' in unfit.text
    assert wrong.status_code == 422
    assert 'data-code="webinar_times_unfit"' in backwards.text
    assert 'value="2026-03-09T15:30"' in kept
    assert "canary" not in kept
    changed = ["join_from", "join_url", "registration_closes_at", "seats"]
    assert await house.last_details("webinar.set") == {"changed": changed}


@pytest.fixture
async def connected(house: House) -> AsyncIterator[None]:
    """Both accounts are configured; nothing is asked of WeChat, since no worker runs."""
    state, database = house.application.api.state, house.application.parts.database
    async with (
        wechat_accounts.official(NOWHERE, database) as official_account,
        wechat_accounts.mini(NOWHERE, database) as mini_program,
    ):
        state.doors = Doors(official_account=official_account, mini_program=mini_program)
        yield


@pytest.mark.usefixtures("connected")
async def test_a_message_goes_where_a_window_is_open_and_the_rest_is_told(
    house: House, editor: Browser
) -> None:
    first = await house.register("甲", "+8613800138000")
    await house.register("乙", "yi@example.org")
    await house.register("丙", "+8613800138002")
    await house.register("丁", "+8613800138003")
    await house.write("+8613800138000", hours_ago=1)
    await house.write("+8613800138002", hours_ago=49)
    await house.write("+8613800138003", hours_ago=1, left=1)
    page = f"{CHINA}/message"

    empty = await editor.send(page, show="confirmed", text="")
    preview = await editor.send(page, show="confirmed", text="会议改到 17:00 <i>")
    hidden = dict(FIELD.findall(preview.text))
    sent = [
        await editor.client.post(
            f"{page}/send", data={**hidden, "show": "confirmed", "text": "会议改到 17:00"}
        )
        for _ in range(2)
    ]
    left = (await editor.client.get(sent[0].headers["location"])).text

    person = await editor.client.get(f"{CHINA}/registrations/{first.id}")

    assert empty.status_code == 422
    assert 'href="/staff/inbox/' in person.text
    for numbers in ("微信会话：1 人", "电子邮件：1 人", "无法送达：2 人"):
        assert numbers in preview.text
    assert "17:00 &lt;i&gt;" in preview.text
    assert "发送给 1 人" in preview.text
    assert [one.status_code for one in sent] == [303, 303]
    assert "yi@example.org" in left
    assert await house.messages() == ["会议改到 17:00"]
    told = {"to": "confirmed", "conversation": 1, "email": 1, "none": 2}
    assert await house.last_details("webinar.message_sent") == told


async def test_files_tell_of_people_what_whoever_takes_them_may_know(
    application: Application, house: House, agent: Browser
) -> None:
    await house.register("=HYPERLINK(1)", "+8613800138000", abroad=True)
    await house.register("＠王芳", "wang@example.org")

    files = {
        extent: await _export(agent, kind=".xlsx", extent=extent)
        for extent in ("masked", "agreed", "full")
    }
    plain = await _export(agent, kind=".csv", extent="full")
    async with _at_work(application, StaffRole.VIEWER) as viewer:
        seen = await _export(viewer, kind=".csv", extent="full")
        refused = await viewer.send(CHINA, f"{CHINA}/export", kind=".docm", extent="full")

    rows = {
        extent: CalamineWorkbook.from_filelike(BytesIO(file.content))
        .get_sheet_by_index(0)
        .to_python()
        for extent, file in files.items()
    }
    assert [row[2] for row in rows["masked"][1:3]] == ["=**", "＠**"]
    assert [row[2] for row in rows["agreed"][1:3]] == ["=HYPERLINK(1)", "＠**"]
    assert [(row[2], row[5]) for row in rows["full"][1:3]] == [
        ("=HYPERLINK(1)", "13800138000"),
        ("＠王芳", "wang@example.org"),
    ]
    assert plain.content.startswith(b"\xef\xbb\xbf")
    names = [row[2] for row in csv.reader(StringIO(plain.content.decode("utf-8-sig")))]
    assert names[1:] == ["'=HYPERLINK(1)", "'＠王芳"]
    assert "wang@" not in seen.text
    assert "13800138000" not in seen.text
    assert refused.status_code == 422
    assert plain.headers["content-disposition"] == (
        'attachment; filename="china-registrations-20260302.csv"'
    )
    assert await house.acts() == ["registrations.exported"] * 5


async def _send(
    agent: Browser, registration: Registration, deed: str, **values: str
) -> httpx2.Response:
    return await agent.send(CHINA, f"{CHINA}/registrations/{registration.id}/{deed}", **values)


def _shot(*texts: str) -> bytes:
    """Give what a phone's camera sees of codes on screens: large, turned, in bad light."""
    photo = Image.new("RGB", (4000, 3000), "#8a857c")
    for number, text in enumerate(texts):
        code = Image.open(BytesIO(qr_codes.png(text))).convert("RGB").resize((900, 900))
        photo.paste(code.point(lambda light: 40 + light // 2), (300 + 1500 * number, 700))
    file = BytesIO()
    photo.rotate(12, fillcolor="#8a857c").save(file, "JPEG", quality=70)
    return file.getvalue()


async def _photo(agent: Browser, content: bytes, *, webinar: str = "china") -> httpx2.Response:
    page = (await agent.client.get(f"{CHINA}/check-in")).text
    hidden = dict(FIELD.findall(page))
    return await agent.client.post(
        f"{WEBINARS}/check-in-photo",
        data={**hidden, "webinar": webinar},
        files={"photo": ("image.jpg", content, "image/jpeg")},
    )


def _sequence(page: httpx2.Response) -> str:
    (found,) = re.findall(r'name="sequence" value="(\d+)"', page.text)
    return str(found)


async def _export(browser: Browser, **values: str) -> httpx2.Response:
    return await browser.send(CHINA, f"{CHINA}/export", **values)


@asynccontextmanager
async def _at_work(application: Application, role: StaffRole) -> AsyncIterator[Browser]:
    await hire(application, role.value, role)
    async with browsing(application) as browser:
        await browser.log_in(role.value)
        yield browser
