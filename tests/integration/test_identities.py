"""Two visitors who turn out to be one person, and two who do not."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import LoginSession, Registration, Visitor
from models.vocabulary import PersonalContactKind, SessionKind
from services import registrations, visitors
from services.registrations import ContactSafe, PersonalContact, Registrant, Wish
from services.runtime.blind_index import BlindIndex
from services.runtime.clock import utc_now
from services.runtime.database import Database
from services.runtime.sealing import Sealer
from services.wechat.gateway import Login, WebLogin
from tests.conftest import INSIDE_THE_ROUND, SECRET_KEY

MP, OA, UNION = "mp-openid", "oa-openid", "unionid"
NOW = utc_now()


@dataclass(frozen=True)
class Doors:
    """Both ways in, in one transaction."""

    db: AsyncSession
    sealer: Sealer

    async def mini_program(self, openid: str = MP, unionid: str | None = UNION) -> Visitor:
        login = Login(openid=openid, unionid=unionid, session_key="key")
        done = await visitors.log_in(self.db, login=login, appid="wx", sealer=self.sealer, now=NOW)
        return done.visitor

    async def pages(
        self, openid: str = OA, unionid: str | None = UNION, *, browser: str = "new"
    ) -> Visitor:
        login = WebLogin(openid=openid, unionid=unionid)
        fresh = await visitors.log_in_reader(
            self.db, login=login, appid="wx", token=browser, now=NOW
        )
        found = await visitors.reader(self.db, token=fresh, now=NOW)
        assert found is not None
        return found

    async def browser(self, token: str) -> Visitor:
        return await visitors.settled(self.db, token=token, now=NOW)

    async def book(self, visitor: Visitor, phone: str) -> UUID:
        safe = ContactSafe(self.sealer, BlindIndex(SECRET_KEY))
        who = Registrant(visitor=visitor, safe=safe, now=INSIDE_THE_ROUND)
        contact = PersonalContact(PersonalContactKind.PHONE, phone)
        wish = Wish(name="王芳", organisation="某厂", contact=contact)
        booked = await registrations.book(self.db, slug="china", wish=wish, who=who)
        return booked.registration.id

    async def owner(self, registration_id: UUID) -> UUID | None:
        asked = select(Registration.visitor_id).where(Registration.id == registration_id)
        found: UUID | None = await self.db.scalar(asked)
        return found

    async def everybody(self) -> list[Visitor]:
        return list(await self.db.scalars(select(Visitor).order_by(Visitor.first_seen_at)))


@pytest.fixture
async def doors(database: Database) -> AsyncIterator[Doors]:
    async with database.transaction() as db:
        yield Doors(db, Sealer(SECRET_KEY))


@pytest.mark.parametrize("first", ["mini_program", "pages"])
async def test_the_same_unionid_is_one_visitor_whoever_comes_first(
    doors: Doors, first: str
) -> None:
    ways = [doors.mini_program, doors.pages]
    for way in ways if first == "mini_program" else reversed(ways):
        await way()

    (visitor,) = await doors.everybody()
    assert (visitor.mp_openid, visitor.oa_openid, visitor.unionid) == (MP, OA, UNION)
    assert len(list(await doors.db.scalars(select(LoginSession)))) == 2


async def test_two_become_one_when_wechat_says_so_and_nothing_is_lost(doors: Doors) -> None:
    phone = await doors.mini_program(unionid=UNION)
    reader = await doors.pages(unionid=None)
    seat = await doors.book(reader, "+8613800138000")
    assert phone.id != reader.id

    await doors.pages(unionid=UNION)

    assert [visitor.id for visitor in await doors.everybody()] == [phone.id]
    assert (phone.mp_openid, phone.oa_openid) == (MP, OA)
    assert phone.sealed_session_key is not None
    assert await doors.owner(seat) == phone.id
    sessions = await doors.db.scalars(select(LoginSession.visitor_id))
    assert set(sessions) == {phone.id}


async def test_two_who_both_have_a_seat_stay_two(doors: Doors) -> None:
    phone = await doors.mini_program()
    reader = await doors.pages(unionid=None)
    seats = [await doors.book(phone, "+8613800138000"), await doors.book(reader, "+8613800138001")]

    again = await doors.pages(unionid=UNION)

    assert again.id == reader.id
    assert [await doors.owner(seat) for seat in seats] == [phone.id, reader.id]
    assert (phone.unionid, reader.unionid) == (UNION, None)


async def test_a_browser_known_by_its_cookie_becomes_whoever_logs_in(doors: Doors) -> None:
    nobody = await doors.browser("a-token")
    seat = await doors.book(nobody, "+8613800138000")

    named = await doors.pages(browser="a-token")

    assert named.id == nobody.id
    assert await doors.owner(seat) == named.id
    assert await visitors.reader(doors.db, token="a-token", now=NOW) is None


async def test_a_browser_that_was_somebody_elses_gives_nothing_away(doors: Doors) -> None:
    first = await doors.pages("oa-1", None)
    seat = await doors.book(first, "+8613800138000")
    doors.db.add(_session_of(first, "shared"))

    second = await doors.pages("oa-2", None, browser="shared")

    assert second.id != first.id
    assert await doors.owner(seat) == first.id


def _session_of(visitor: Visitor, token: str) -> LoginSession:
    return LoginSession(
        token_sha256=visitors.digest(token),
        visitor_id=visitor.id,
        kind=SessionKind.PAGES,
        appid="",
        begun_at=NOW,
        expires_at=NOW + visitors.TTL,
    )
