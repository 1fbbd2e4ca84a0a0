"""Phone numbers by WeChat's code: asked for beforehand, kept like typed ones, refused clearly."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import httpx2
import pytest
import stamina

from api.app import Application, create_app
from services.registrations import PhoneCodeInvalid, phones
from services.runtime import settings as runtime_settings
from services.runtime.database import Database
from services.wechat.gateway import PhoneNumber
from tests.conftest import PUBLIC_URL, SECRET_KEY
from tests.integration.registrations.people import Person, body
from tests.support import simulator as wechat
from tests.support.clocks import SetClock
from tests.support.simulator import Simulator, User


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with wechat.in_thread() as running:
        yield running


@pytest.fixture
async def application(
    simulator: Simulator, database_url: str, database: Database, tmp_path: Path, clock: SetClock
) -> AsyncIterator[Application]:
    accounts = {
        name.removeprefix("ASI_").lower(): value for name, value in wechat.ENVIRONMENT.items()
    }
    given = accounts | {
        "database_url": database_url,
        "data_dir": tmp_path,
        "public_url": PUBLIC_URL,
        "secret_key": SECRET_KEY,
        "wechat_api_url": simulator.url,
    }
    made = create_app(runtime_settings.load({}, **given), database=database, clock=clock)
    with stamina.set_testing(True, attempts=1):
        async with made.api.router.lifespan_context(made.api):
            yield made


@pytest.fixture
def user(simulator: Simulator) -> User:
    return simulator.user()


def _code(simulator: Simulator, user: User, phone: str = "13800138000") -> str:
    return str(simulator.act(user.openid_mp, "phone-code", phone=phone)["code"])


async def test_a_number_from_wechat_is_kept_like_a_typed_one(
    person: Person, simulator: Simulator, user: User
) -> None:
    sent = body(phone_code=_code(simulator, user))

    made = await person.register(sent, key="a-key-of-mine")
    again = await person.register(sent, key="a-key-of-mine")
    changed = await person.change(made.json()["id"], phone_code=_code(simulator, user))

    assert made.status_code == 201, made.text
    assert made.json()["contact_kind"] == "phone"
    # The code is spent, and yet the repeated request gets its first answer.
    assert (again.status_code, again.content) == (201, made.content)
    assert changed.json()["contact"] == made.json()["contact"]


async def test_what_wechat_refuses_is_said(
    person: Person, simulator: Simulator, user: User
) -> None:
    spent = _code(simulator, user)
    await person.register(body(phone_code=spent))
    made = await person.registrations()

    answers = [
        await person.change(made[0]["id"], phone_code=spent),
        await person.change(made[0]["id"], phone_code="made-up"),
    ]
    simulator.fault(path="/wxa/business/getuserphonenumber", errcode=45011)
    answers.append(await person.change(made[0]["id"], phone_code="any"))

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [
        (422, "phone_code_invalid"),
        (422, "phone_code_invalid"),
        (429, "phone_code_too_often"),
    ]


async def test_wechat_is_not_asked_for_somebody_who_is_not_logged_in(
    client: httpx2.AsyncClient, simulator: Simulator
) -> None:
    before = len(simulator.calls("/wxa/business/getuserphonenumber"))
    stranger = Person(client=client, token="made-up", openid="")

    answer = await stranger.register(body(phone_code="any"))

    assert answer.status_code == 401
    assert len(simulator.calls("/wxa/business/getuserphonenumber")) == before


async def test_a_number_that_wechat_vouches_for_recovers_its_registration(
    crowd: Callable[[int], Awaitable[list[Person]]], simulator: Simulator, user: User
) -> None:
    owner, other = await crowd(2)
    made = await owner.register(body(phone_code=_code(simulator, user)))

    done = await other.recover(phone_code=_code(simulator, user))
    nothing = await owner.recover(phone_code=_code(simulator, user, "13900000000"))

    assert (done.status_code, done.json()["id"]) == (200, made.json()["id"])
    assert await owner.registrations() == []
    assert (nothing.status_code, nothing.json()["code"]) == (404, "registration_not_found")


@pytest.mark.parametrize(
    ("country", "number", "kept"),
    [
        ("86", "13800138000", "+8613800138000"),
        ("61", "0412345678", "+61412345678"),
        ("852", "51234567", "+85251234567"),
    ],
)
def test_numbers_of_all_countries_are_written_alike(country: str, number: str, kept: str) -> None:
    found = phones.contact_of(PhoneNumber(number=number, country_code=country))

    assert found.value == kept


def test_what_is_no_number_is_refused() -> None:
    with pytest.raises(PhoneCodeInvalid):
        phones.contact_of(PhoneNumber(number="1", country_code="999"))
