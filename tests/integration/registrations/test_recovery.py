"""Recovery: a registration comes back to whoever can read what its contact is sent."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select

from api.app import Application, create_app
from models import ContactRecovery, Visitor
from services.privacy import keys
from services.registrations import ContactSafe, Registrant, recovery
from services.registrations.recovery import TRIES
from services.runtime.blind_index import BlindIndex
from services.runtime.clock import utc_now
from services.runtime.database import Database
from services.runtime.settings import Settings
from tests.conftest import SECRET_KEY
from tests.integration.privacy.turning import NEW, held
from tests.integration.registrations.people import Person, body
from tests.support.clocks import SetClock

Crowd = Callable[[int], Awaitable[list[Person]]]
Letter = Callable[[], Awaitable[recovery.Letter | None]]

EMAIL = "canary.person@example.cn"


@pytest.fixture
def machine() -> SetClock:
    return SetClock(utc_now())


@pytest.fixture
async def application(
    settings: Settings, database: Database, clock: SetClock, machine: SetClock
) -> AsyncIterator[Application]:
    def machine_time() -> float:
        return machine.now.timestamp()

    made = create_app(settings, database=database, clock=clock, machine_time=machine_time)
    async with made.api.router.lifespan_context(made.api):
        yield made


@pytest.fixture
def letter(database: Database, application: Application, machine: SetClock) -> Letter:
    """Gives what the newest job would send."""
    safe = ContactSafe(application.parts.sealer, application.parts.blind_index)

    async def newest() -> recovery.Letter | None:
        async with database.snapshot() as db:
            newest = select(ContactRecovery.id).order_by(ContactRecovery.asked_at.desc()).limit(1)
            found = await db.scalar(newest)
            assert isinstance(found, UUID)
            return await recovery.letter(db, recovery_id=found, safe=safe, machine_now=machine.now)

    return newest


async def test_a_registration_comes_back_with_the_code_that_was_sent(
    crowd: Crowd, letter: Letter
) -> None:
    owner, other = await crowd(2)
    made = (await owner.register(body(email=EMAIL))).json()
    taken = await other.register(body(email=EMAIL))

    asked = await other.ask_for_recovery(f" {EMAIL.upper()} ")
    sent = await letter()
    assert sent is not None
    done = await other.recover(email=EMAIL, code=sent.code)
    again = await other.recover(email=EMAIL, code=sent.code)

    assert (taken.status_code, taken.json()["code"]) == (409, "contact_taken")
    assert asked.status_code == 202
    assert sent.contact.value == EMAIL
    assert sent.code not in asked.text + repr(sent)
    assert (done.status_code, done.json()["id"]) == (200, made["id"])
    assert done.json()["code"] == made["code"]
    assert await owner.registrations() == []
    assert [one["id"] for one in await other.registrations()] == [made["id"]]
    assert (again.status_code, again.json()["code"]) == (422, "recovery_code_wrong")


async def test_nothing_tells_whether_somebody_is_registered(
    crowd: Crowd, letter: Letter, database: Database, machine: SetClock
) -> None:
    owner, other = await crowd(2)
    await owner.register(body(email=EMAIL))

    there = await other.ask_for_recovery(EMAIL)
    machine.now += timedelta(seconds=1)
    nowhere = await other.ask_for_recovery("nobody@example.cn")

    assert await letter() is None
    assert there.status_code == nowhere.status_code == 202
    assert there.json().keys() == nowhere.json().keys() == {"expires_at"}
    assert there.headers.keys() == nowhere.headers.keys()
    tried = [
        await other.recover(email=email, code="000000")
        for email in (EMAIL, "nobody@example.cn", "never.asked@example.cn")
    ]
    assert {(answer.status_code, answer.json()["code"]) for answer in tried} == {
        (422, "recovery_code_wrong")
    }
    async with database.snapshot() as db:
        assert await db.scalar(select(func.count()).select_from(ContactRecovery)) == 2


async def test_a_code_is_tried_five_times_and_no_more(crowd: Crowd, letter: Letter) -> None:
    owner, other = await crowd(2)
    await owner.register(body(email=EMAIL))
    await other.ask_for_recovery(EMAIL)
    sent = await letter()
    assert sent is not None
    wrong = f"{(int(sent.code) + 1) % 1_000_000:06}"

    guesses = await asyncio.gather(
        *(other.recover(email=EMAIL, code=wrong) for _ in range(TRIES + 3))
    )
    right = await other.recover(email=EMAIL, code=sent.code)

    assert {answer.status_code for answer in guesses} == {422}
    assert right.json()["code"] == "recovery_code_wrong"
    assert len(await owner.registrations()) == 1


async def test_a_code_lasts_fifteen_minutes_and_not_a_second_more(
    crowd: Crowd, letter: Letter, machine: SetClock
) -> None:
    owner, other, third = await crowd(3)
    await owner.register(body(email=EMAIL))
    begun = machine.now
    await third.ask_for_recovery(EMAIL)
    early = await letter()
    assert early is not None
    machine.now = begun + recovery.LASTS
    late = await third.recover(email=EMAIL, code=early.code)
    nothing = await letter()

    await other.ask_for_recovery(EMAIL)
    sent = await letter()
    assert sent is not None
    machine.now += recovery.LASTS - timedelta(seconds=1)
    in_time = await other.recover(email=EMAIL, code=sent.code)

    assert late.json()["code"] == "recovery_code_wrong"
    assert nothing is None
    assert in_time.status_code == 200


async def test_codes_are_asked_for_sparingly(
    crowd: Crowd, letter: Letter, machine: SetClock
) -> None:
    owner, *others = await crowd(4)
    await owner.register(body(email=EMAIL))

    statuses = [(await others[0].ask_for_recovery(EMAIL)).status_code for _ in range(3)]
    refused = await others[0].ask_for_recovery(EMAIL)
    statuses += [(await others[1].ask_for_recovery(EMAIL)).status_code for _ in range(2)]
    assert await letter() is not None
    machine.now += timedelta(seconds=1)
    sixth = await others[2].ask_for_recovery(EMAIL)
    flooded = await letter()
    machine.now += timedelta(hours=1)
    later = await others[0].ask_for_recovery(EMAIL)

    assert statuses == [202] * 5
    assert (refused.status_code, refused.json()["code"]) == (429, "recovery_too_often")
    assert (sixth.status_code, flooded) == (202, None)
    assert later.status_code == 202


async def test_a_contact_that_was_changed_since_opens_nothing(crowd: Crowd, letter: Letter) -> None:
    owner, other = await crowd(2)
    made = (await owner.register(body(email=EMAIL))).json()
    await other.ask_for_recovery(EMAIL)
    sent = await letter()
    assert sent is not None

    await owner.change(made["id"], email="another.person@example.cn")
    refused = await other.recover(email=EMAIL, code=sent.code)
    late = await letter()
    await owner.change(made["id"], email=EMAIL)
    done = await other.recover(email=EMAIL, code=sent.code)

    assert (refused.status_code, refused.json()["code"]) == (422, "recovery_code_wrong")
    assert late is None
    assert (done.status_code, done.json()["id"]) == (200, made["id"])


async def test_a_contact_under_the_new_key_is_still_the_proven_one(
    crowd: Crowd, letter: Letter, database: Database, clock: SetClock
) -> None:
    owner, other = await crowd(2)
    made = (await owner.register(body(email=EMAIL))).json()
    await other.ask_for_recovery(EMAIL)
    sent = await letter()
    assert sent is not None
    both = held(NEW, old=[SECRET_KEY])
    await keys.rotate(database, keys=both)
    safe = ContactSafe(both.sealer, BlindIndex(NEW, old=[SECRET_KEY]))

    async with database.transaction() as db:
        asked = (await db.scalars(select(ContactRecovery))).one()
        visitor = await db.get_one(Visitor, asked.visitor_id)
        who = Registrant(visitor=visitor, safe=safe, now=clock.now)
        done = await recovery.finish(db, recovery_id=asked.id, code=sent.code, who=who)

    assert str(done.registration.id) == made["id"]
    assert done.registration.visitor_id == visitor.id


async def test_whoever_has_a_registration_takes_over_no_other(crowd: Crowd, letter: Letter) -> None:
    owner, other = await crowd(2)
    await owner.register(body(email=EMAIL))
    await other.register()
    await other.ask_for_recovery(EMAIL)
    sent = await letter()
    assert sent is not None

    answer = await other.recover(email=EMAIL, code=sent.code)

    assert (answer.status_code, answer.json()["code"]) == (409, "already_registered")


async def test_a_proof_is_one_thing_or_the_other(person: Person) -> None:
    answers = [
        await person.recover(email=EMAIL),
        await person.recover(code="123456"),
        await person.recover(email=EMAIL, code="123456", phone_code="abc"),
        await person.recover(),
        await person.recover(email=EMAIL, code="\uff11\uff12\uff13456"),
        await person.recover(slug="mars", email=EMAIL, code="123456"),
    ]

    assert [answer.status_code for answer in answers] == [422] * 5 + [404]


async def test_old_recoveries_are_forgotten(
    person: Person, database: Database, machine: SetClock
) -> None:
    await person.ask_for_recovery(EMAIL)

    async with database.transaction() as db:
        left = []
        for age in (timedelta(hours=23), timedelta(days=1)):
            await recovery.forget_old(db, machine_now=machine.now + age)
            left.append(await db.scalar(select(func.count()).select_from(ContactRecovery)))

    assert left == [1, 0]
