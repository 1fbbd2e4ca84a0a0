"""Readers in WeChat are introduced by it, once; whatever goes wrong, they read on as anybody."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from urllib.parse import parse_qsl, quote, urlsplit
from uuid import UUID

import httpx2
import pytest
import stamina
from sqlalchemy import select

from api.app import Application, create_app
from models import Registration, Visitor
from services.runtime import settings as runtime_settings
from services.runtime.clock import utc_now
from services.runtime.database import Database
from tests.conftest import INSIDE_THE_ROUND, PUBLIC_URL, SECRET_KEY
from tests.integration.pages.readers import Reader, typed
from tests.support import simulator as wechat
from tests.support.agents import CHROME, IOS_WECHAT
from tests.support.clocks import SetClock
from tests.support.simulator import Simulator, User
from tests.support.templates import Template

PATH = "/webinars/china/register"
TOKEN = "/sns/oauth2/access_token"


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with wechat.in_thread() as running:
        yield running


@pytest.fixture(scope="module")
async def house(
    simulator: Simulator, sqlite_template: Template, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Application]:
    """A service whose official account may ask."""
    folder = tmp_path_factory.mktemp("introductions")
    accounts = {
        name.removeprefix("ASI_").lower(): value for name, value in wechat.ENVIRONMENT.items()
    }
    machine = SetClock(utc_now())

    def machine_time() -> float:
        return machine.now.timestamp()

    with sqlite_template.copy(folder) as url, stamina.set_testing(True, attempts=1):
        given = accounts | {"database_url": url, "data_dir": folder, "public_url": PUBLIC_URL}
        settings = runtime_settings.load(
            {}, **given, secret_key=SECRET_KEY, wechat_api_url=simulator.url, oa_web_login=True
        )
        clock = SetClock(INSIDE_THE_ROUND)
        made = create_app(settings, clock=clock, machine_time=machine_time)
        made.api.state.machine = machine
        async with made.api.router.lifespan_context(made.api):
            yield made


@pytest.fixture
def user(simulator: Simulator) -> User:
    return simulator.user()


@pytest.fixture
def reader(reader: Reader) -> Reader:
    reader.http.headers["user-agent"] = IOS_WECHAT
    return reader


async def _travel(reader: Reader, simulator: Simulator, user: User, **more: str) -> httpx2.Response:
    """Open a form, go round by WeChat as somebody, and give what our side says then."""
    out = await reader.open(PATH)
    back = await _consent(simulator, out.headers["location"], user, **more)
    return await reader.open(back)


async def _consent(simulator: Simulator, location: str, user: User, **more: str) -> str:
    query = dict(parse_qsl(urlsplit(location).query)) | {"simulator_openid": user.openid_oa} | more
    answer = simulator.http.get(urlsplit(location).path, params=query)
    address = urlsplit(answer.headers["location"])
    assert f"{address.scheme}://{address.netloc}" == PUBLIC_URL
    return f"{address.path}?{address.query}"


async def _visitors(stored: Database, user: User) -> list[Visitor]:
    async with stored.snapshot() as db:
        return list(await db.scalars(select(Visitor).where(Visitor.oa_openid == user.openid_oa)))


async def test_a_reader_comes_back_as_who_they_are(
    reader: Reader, simulator: Simulator, user: User, stored: Database
) -> None:
    out = await reader.open(PATH)
    asked = urlsplit(out.headers["location"])
    assert asked.fragment == "wechat_redirect"
    names = [name for name, _ in parse_qsl(asked.query)]
    assert names == ["appid", "redirect_uri", "response_type", "scope", "state"]
    assert "scope=snsapi_base" in asked.query
    before = reader.http.cookies["asi_reader"]

    back = await reader.open(await _consent(simulator, out.headers["location"], user))

    assert (back.status_code, back.headers["location"]) == (303, PATH)
    assert reader.http.cookies["asi_reader"] != before
    assert len(await _visitors(stored, user)) == 1
    assert "<form" in (await reader.open(PATH)).text


@pytest.mark.parametrize("more", [{}, {"simulator_refuse": "1"}])
async def test_the_section_to_comment_on_comes_along(
    reader: Reader, simulator: Simulator, user: User, more: dict[str, str]
) -> None:
    out = await reader.open("/feedback/new?section=PS%2FV4%2F11&lang=en")

    back = await reader.open(await _consent(simulator, out.headers["location"], user, **more))
    page = await reader.open(back.headers["location"])

    assert 'value="PS/V4/11" selected' in page.text
    assert 'lang="en"' in page.text


@pytest.mark.parametrize(
    "section", ["PS/V4/" + "1" * 100, "PS/V4/11 11", "//evil.example", "PS/V4/11\r\nX-Y: 1"]
)
async def test_what_is_no_section_does_not_come_along(
    reader: Reader, simulator: Simulator, user: User, section: str
) -> None:
    out = await reader.open(f"/feedback/new?section={quote(section, safe='')}")

    back = await reader.open(await _consent(simulator, out.headers["location"], user))

    assert back.headers["location"] == "/feedback/new"


async def test_the_same_person_in_another_browser_is_the_same_visitor(
    reader: Reader, simulator: Simulator, user: User, stored: Database
) -> None:
    await _travel(reader, simulator, user)
    page = await reader.fill_in(PATH, **typed())
    reader.http.cookies.clear()

    back = await _travel(reader, simulator, user)

    assert back.headers["location"] == PATH
    assert (await reader.open(PATH)).headers["location"] == page.url.path
    assert len(await _visitors(stored, user)) == 1


async def test_what_was_done_before_comes_along(
    reader: Reader, simulator: Simulator, user: User, stored: Database
) -> None:
    reader.http.headers["user-agent"] = CHROME
    page = await reader.fill_in(PATH, **typed())
    reader.http.headers["user-agent"] = IOS_WECHAT

    out = await reader.open("/mine")
    await reader.open(await _consent(simulator, out.headers["location"], user))

    assert (await reader.open(page.url.path)).status_code == 200
    async with stored.snapshot() as db:
        number = Registration.id == UUID(page.url.path.rpartition("/")[2])
        owner = await db.scalar(select(Registration.visitor_id).where(number))
    assert [owner] == [visitor.id for visitor in await _visitors(stored, user)]


async def test_whoever_refuses_is_asked_once_and_reads_on(
    reader: Reader, simulator: Simulator, user: User, stored: Database
) -> None:
    back = await _travel(reader, simulator, user, simulator_refuse="1")

    page = await reader.open(back.headers["location"])

    assert back.headers["location"] == PATH + "?asked=1"
    assert "<form" in page.text
    assert "<form" in (await reader.open(PATH)).text
    assert await _visitors(stored, user) == []


@pytest.mark.parametrize("errcode", [40029, 40163, 48001, -1])
async def test_when_wechat_fails_everybody_reads_on(
    reader: Reader, simulator: Simulator, user: User, errcode: int
) -> None:
    simulator.fault(path=TOKEN, errcode=errcode, count=1)

    back = await _travel(reader, simulator, user)

    assert back.headers["location"] == PATH + "?asked=1"
    assert "<form" in (await reader.open(PATH)).text
    assert (await reader.fill_in(PATH, **typed())).status_code == 200


async def test_without_cookies_nobody_goes_round_in_circles(
    reader: Reader, simulator: Simulator, user: User
) -> None:
    out = await reader.open(PATH)
    address = await _consent(simulator, out.headers["location"], user)
    reader.http.cookies.clear()

    back = await reader.open(address)
    reader.http.cookies.clear()
    page = await reader.open(back.headers["location"])

    assert back.headers["location"] == "/?asked=1"
    assert page.status_code == 200


async def test_a_journey_is_the_browsers_own_and_ends_once(
    reader: Reader, simulator: Simulator, user: User, stored: Database
) -> None:
    """Nobody can make a reader log in as somebody else, nor use a way back twice."""
    other = await reader.open(PATH)
    attackers = await _consent(simulator, other.headers["location"], user)
    reader.http.cookies.clear()
    mine = await reader.open(PATH)
    own = await _consent(simulator, mine.headers["location"], user)
    asked = len(simulator.calls(TOKEN))

    forced = await reader.open(attackers)
    late = await reader.open(own)

    assert forced.headers["location"] == PATH + "?asked=1"
    assert late.headers["location"] == "/?asked=1"
    assert await _visitors(stored, user) == []
    assert len(simulator.calls(TOKEN)) == asked


async def test_a_journey_takes_ten_minutes_at_most(
    reader: Reader, simulator: Simulator, user: User, machine: SetClock
) -> None:
    out = await reader.open(PATH)
    address = await _consent(simulator, out.headers["location"], user)
    machine.now += timedelta(minutes=10)

    assert (await reader.open(address)).headers["location"] == "/?asked=1"


async def test_other_browsers_are_not_sent_round(reader: Reader) -> None:
    reader.http.headers["user-agent"] = CHROME

    assert (await reader.open(PATH)).status_code == 200


async def test_a_session_lasts_a_week_and_slides(reader: Reader, machine: SetClock) -> None:
    page = await reader.fill_in(PATH + "?asked=1", **typed())
    for days in (6, 6):
        machine.now += timedelta(days=days)
        assert (await reader.open(page.url.path)).status_code == 200
    machine.now += timedelta(days=7)

    assert (await reader.open(page.url.path)).status_code == 404
    assert (await reader.fill_in(PATH + "?asked=1", **typed())).status_code == 200
