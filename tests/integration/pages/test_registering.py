"""Registering in a browser, without a script: the rules are those of /v1, told beside fields."""

import re
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from uuid import UUID, uuid4

import httpx2
import pytest
from sqlalchemy import func, select

from api.app import Application, create_app
from models import LoginSession, Registration, Visitor
from models.base import Base
from models.vocabulary import RegistrationState
from services import registrations, webinars
from services.registrations import joining
from services.runtime.database import Database
from tests.integration.pages.readers import Reader, hidden, typed
from tests.support.clocks import SetClock

PATH = "/webinars/china/register"
Another = Callable[[], Reader]


@pytest.fixture
async def one_seat_left(stored: Database, clock: SetClock) -> AsyncIterator[None]:
    """A webinar that is full once one more has registered."""

    async def set_seats(seats: int) -> None:
        async with stored.transaction() as db:
            await registrations.set_seats(db, slug="china", seats=seats, now=clock.now)

    async with stored.snapshot() as db:
        confirmed = Registration.state == RegistrationState.CONFIRMED
        taken = await db.scalar(select(func.count()).where(confirmed))
    await set_seats((taken or 0) + 1)
    yield
    await set_seats(1000)


async def _rows(stored: Database, *tables: type[Base]) -> list[int]:
    async with stored.snapshot() as db:
        asked = [select(func.count()).select_from(table) for table in tables]
        return [await db.scalar(one) or 0 for one in asked]


async def test_somebody_registers_and_sees_their_seat(reader: Reader) -> None:
    page = await reader.fill_in(PATH, **typed(name="王芳", contact="13700137000"))

    assert "报名成功" in page.text
    assert "王芳" in page.text
    assert "137****7000" in page.text
    assert "13700137000" not in page.text
    assert (await reader.open(PATH)).headers["location"] == page.url.path
    assert "METHOD:REQUEST" in (await reader.open(page.url.path + ".ics")).text
    picture = await reader.open(page.url.path + "/check-in.png")
    assert picture.content.startswith(b"\x89PNG")
    assert page.url.path in (await reader.open("/mine")).text


async def test_looking_at_forms_stores_nothing(reader: Reader, stored: Database) -> None:
    before = await _rows(stored, Visitor, LoginSession)

    for path in (PATH, "/feedback/new", "/mine"):
        assert (await reader.open(path)).status_code == 200

    assert await _rows(stored, Visitor, LoginSession) == before


WRONG = [
    ({"name": ""}, "name", "请填写这一项"),
    ({"name": "\u200b\u2060"}, "name", "请填写这一项"),
    ({"name": "一" * 10_000}, "name", "最多 80 个字，现在有 10000 个"),
    ({"organisation": "x" * 201}, "organisation", "最多 200 个字"),
    ({"contact": ""}, "contact", "手机号码或电子邮箱"),
    ({"contact": "123"}, "contact", "13800138000"),
    ({"contact": "nobody@"}, "contact", "name@example.cn"),
    ({"stakeholder": "dragons"}, "stakeholder", "重新选择"),
    ({"stakeholder": "Drag ons"}, "stakeholder", "从列表中选择"),
    ({"openid": "o1"}, "openid", "没有这一项"),
]


async def test_a_fault_is_told_beside_its_field_and_nothing_typed_is_lost(
    reader: Reader, stored: Database
) -> None:
    before = await _rows(stored, Visitor, Registration)

    for changed, field, says in WRONG:
        fields = await reader.form(PATH) | typed(organisation="“引号”<b>厂</b>") | changed
        page = await reader.send(PATH, fields)

        assert page.status_code == 422, changed
        assert f'href="#{field}"' in page.text, changed
        assert says in page.text, changed
        if "organisation" not in changed:
            assert 'value="“引号”&lt;b&gt;厂&lt;/b&gt;"' in page.text
    assert await _rows(stored, Visitor, Registration) == before


@pytest.mark.parametrize("name", ["👩‍🔬 王芳 🙂", "محمد علي", "<script>alert(1)</script>"])
async def test_names_are_shown_as_people_write_them(reader: Reader, name: str) -> None:
    page = await reader.fill_in(PATH, **typed(name=name))

    assert name.replace("<", "&lt;").replace(">", "&gt;") in page.text


async def test_a_contact_belongs_to_one_person(another: Another) -> None:
    await another().fill_in(PATH, **typed(contact="Fang@Example.cn"))

    page = await another().fill_in(PATH, **typed(contact="fang@example.cn"))

    assert page.status_code == 409
    assert "contact-fault" in page.text
    assert "已经报名了这场研讨会" in page.text


async def test_somebody_elses_registration_is_not_there(another: Another) -> None:
    page = await another().fill_in(PATH, **typed())
    stranger = another()
    known = another()
    await known.fill_in(PATH, **typed())

    for one in (stranger, known):
        for behind in ("", "/change", "/cancel", ".ics", "/check-in.png"):
            assert (await one.open(page.url.path + behind)).status_code == 404
        sent = await one.send(page.url.path + "/cancel", await one.form("/feedback/new"))
        assert sent.status_code == 404
    assert "reader_unknown" in (await stranger.open(page.url.path)).text


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site", "origin": "http://127.0.0.1:8000"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
    ],
)
async def test_another_sites_form_is_refused(reader: Reader, headers: dict[str, str]) -> None:
    fields = await reader.form(PATH) | typed()

    refused = await reader.send(PATH, fields, **headers)

    assert refused.status_code == 403
    assert "form_from_elsewhere" in refused.text


async def test_a_form_of_another_browser_is_shown_again(another: Another) -> None:
    fields = await another().form(PATH) | typed(name="王芳")

    page = await another().send(PATH, fields)

    assert page.status_code == 422
    assert 'data-code="form_stale"' in page.text
    assert "请再提交一次" in page.text
    assert 'value="王芳"' in page.text


async def test_a_made_up_cookie_is_no_browser_of_ours(reader: Reader) -> None:
    reader.http.cookies.set("asi_reader", f"{uuid4().hex}.{uuid4().hex}")

    page = await reader.open(PATH)

    assert page.headers["set-cookie"].startswith("asi_reader=")
    assert "HttpOnly; Max-Age=604800; Path=/; SameSite=lax" in page.headers["set-cookie"]


async def test_over_https_the_cookie_is_bound_to_our_host(house: Application) -> None:
    public_url = "https://asi.example.cn"
    settings = house.parts.settings.model_copy(update={"public_url": public_url})
    made = create_app(settings, database=house.parts.database, clock=house.parts.clock)
    transport = httpx2.ASGITransport(made.asgi)

    async with httpx2.AsyncClient(transport=transport, base_url=public_url) as http:
        form = await http.get(PATH)
        sent = await http.post(
            PATH, data=hidden(form) | typed(), headers={"sec-fetch-site": "same-origin"}
        )

    assert form.headers["set-cookie"].startswith("__Host-asi_reader=")
    assert form.headers["set-cookie"].endswith("; Path=/; SameSite=lax; Secure")
    assert sent.status_code == 303


async def test_a_cookie_opens_nothing_for_programs(reader: Reader) -> None:
    page = await reader.fill_in(PATH, **typed())
    token = reader.http.cookies["asi_reader"].partition(".")[0]

    bare = await reader.open("/v1" + page.url.path.replace("/registrations", "/me/registrations"))
    borne = await reader.http.get(
        "/v1/me/registrations", headers={"Authorization": f"Bearer {token}"}
    )

    assert (bare.status_code, borne.status_code) == (401, 401)


@pytest.mark.usefixtures("one_seat_left")
async def test_the_line_is_told_and_moves_up(another: Another) -> None:
    first, second = another(), another()
    seat = await first.fill_in(PATH, **typed())
    place = await second.fill_in(PATH, **typed())
    assert "候补第 1 位" in place.text

    asked = await first.open(seat.url.path + "/cancel")
    gone = await first.fill_in(seat.url.path + "/cancel")

    assert "确定取消吗" in asked.text
    assert "报名已取消" in gone.text
    assert (await first.open(seat.url.path + "/check-in.png")).status_code == 409
    assert "METHOD:CANCEL" in (await first.open(seat.url.path + ".ics")).text
    assert "报名成功" in (await second.open(place.url.path)).text


async def test_what_was_said_can_be_changed(reader: Reader) -> None:
    page = await reader.fill_in(PATH, **typed(contact="13600136000", stakeholder="academia"))
    change = page.url.path + "/change"
    form = await reader.open(change)
    assert 'value="academia" selected' in form.text

    wrong = await reader.fill_in(change, name="王芳芳", organisation="", contact="")
    right = await reader.fill_in(
        change, name="王芳芳", organisation="新单位", contact="", stakeholder=""
    )

    assert wrong.status_code == 422
    assert "organisation-fault" in wrong.text
    assert "王芳芳" in right.text
    assert "136****6000" in right.text
    assert "selected" not in (await reader.open(change)).text


async def test_a_change_to_somebody_elses_contact_is_told_beside_the_field(
    another: Another, stored: Database
) -> None:
    await another().fill_in(PATH, **typed(contact="13500135000"))
    reader = another()
    page = await reader.fill_in(PATH, **typed(name="李娜", contact="13500135001"))

    refused = await reader.fill_in(
        page.url.path + "/change", name="李娜娜", organisation="新单位", contact="13500135000"
    )

    assert refused.status_code == 409
    assert 'href="#contact"' in refused.text
    assert "contact-fault" in refused.text
    for kept in ("李娜娜", "新单位", "13500135000"):
        assert f'value="{kept}"' in refused.text
    assert "135****5001" in refused.text
    async with stored.snapshot() as db:
        number = Registration.id == UUID(page.url.path.rpartition("/")[2])
        assert await db.scalar(select(Registration.name).where(number)) == "李娜"


async def test_after_the_end_the_webinars_page_is_shown_instead_of_a_link_to_come(
    reader: Reader, stored: Database, house: Application, clock: SetClock
) -> None:
    async with stored.transaction() as db:
        await joining.set_link(
            db,
            slug="china",
            url="https://meeting.example.cn/j/1",
            shown_from=datetime.fromisoformat("2026-03-09T15:30:00+08:00"),
            sealer=house.parts.sealer,
        )
    page = await reader.fill_in(PATH, **typed())
    told = []
    for at in ("15:29:59", "17:59:59", "18:00:00"):
        clock.set(f"2026-03-09T{at}+08:00")
        shown = (await reader.open(page.url.path)).text
        told.append(
            ("起在本页显示" in shown, "meeting.example.cn" in shown, ">查看研讨会<" in shown)
        )

    assert told == [(True, False, False), (False, True, False), (False, False, True)]


async def test_who_can_only_cancel_is_told_so(
    reader: Reader, stored: Database, clock: SetClock
) -> None:
    async with stored.transaction() as db:
        webinar = await webinars.by_slug(db, slug="china")
        webinar.registration_closes_at = datetime.fromisoformat("2026-03-08T12:00:00+08:00")
    page = await reader.fill_in(PATH, **typed())
    told = []
    for at in ("2026-03-08T12:00:00", "2026-03-09T16:00:00"):
        clock.set(f"{at}+08:00")
        shown = (await reader.open(f"{page.url.path}/change")).text
        told.append(("仍可取消" in shown, "不能再修改或取消" in shown))

    assert told == [(True, False), (False, True)]


async def test_after_the_beginning_the_form_says_so_and_keeps_quiet(
    reader: Reader, clock: SetClock
) -> None:
    late = await reader.form(PATH) | typed()
    clock.set("2026-03-09T16:00:00+08:00")

    page = await reader.open(PATH)
    refused = await reader.send(PATH, late)

    assert "已截止" in page.text
    assert "<form" not in page.text
    assert refused.status_code == 409
    assert "已截止" in refused.text


async def test_a_webinar_registered_for_elsewhere_shows_the_way(reader: Reader) -> None:
    page = await reader.open("/webinars/europe-asia/register")

    assert "<form" not in page.text
    assert "aluminium-stewardship.org" in page.text
    assert (await reader.open("/webinars/mars/register")).status_code == 404


async def test_consent_is_asked_and_never_given_by_default(
    reader: Reader, stored: Database
) -> None:
    form = await reader.open(PATH)
    assert not re.search(r"type=\"checkbox\"[^>]*checked", form.text)

    await reader.fill_in(PATH, **typed(may_transfer_abroad="on"))

    async with stored.snapshot() as db:
        latest = select(Registration).order_by(Registration.number.desc()).limit(1)
        assert (await db.scalars(latest)).one().may_transfer_abroad


async def test_the_pages_of_the_round_lead_to_the_forms(reader: Reader) -> None:
    for page, form in (
        ("/webinars/china", PATH),
        ("/", "/feedback/new"),
        ("/feedback", "/feedback/new"),
        ("/documents/ps-v4-bauxite-residue-tailings", "/feedback/new?section=PS%2FV4%2F10"),
    ):
        assert f'href="{form}"' in (await reader.open(page)).text, page


async def test_a_reader_takes_their_data_along_and_goes(reader: Reader, stored: Database) -> None:
    page = await reader.fill_in(PATH, **typed(name="要走的人", contact="leaving@example.cn"))

    data = (await reader.open("/mine/export")).json()
    gone = await reader.fill_in("/mine/erase")

    assert data["registrations"][0]["name"] == "要走的人"
    assert "leaving@example.cn" in str(data)
    assert "还没有报名" in gone.text
    assert (await reader.open(page.url.path)).status_code == 404
    assert (await reader.open("/mine/export")).status_code == 404
    async with stored.snapshot() as db:
        asked = select(Registration).where(Registration.name == "要走的人")
        assert await db.scalar(asked) is None
