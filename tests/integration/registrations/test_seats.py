"""Seats: never one too many, the line in its order, the next in line at once."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import Registration, Webinar
from models.vocabulary import RegistrationState
from services import registrations
from services.registrations import seats
from services.runtime.database import Database
from tests.integration.registrations.people import Person
from tests.support.clocks import SetClock

Crowd = Callable[[int], Awaitable[list[Person]]]
SetSeats = Callable[[int], Awaitable[None]]

SEATS = 5
RIVALS = 40


async def test_forty_rivals_for_five_seats(crowd: Crowd, set_seats: SetSeats) -> None:
    await set_seats(SEATS)
    rivals = await crowd(RIVALS)

    answers = await asyncio.gather(*(rival.register() for rival in rivals))

    made = [answer.json() for answer in answers]
    confirmed = [one for one in made if one["state"] == "confirmed"]
    line = sorted(one["position"] for one in made if one["state"] == "waiting")
    assert {answer.status_code for answer in answers} == {201}
    assert len(confirmed) == SEATS
    assert line == list(range(1, RIVALS - SEATS + 1))
    assert all(one["code"] for one in confirmed)
    assert not any(one["code"] for one in made if one["state"] == "waiting")


async def test_without_the_lock_it_would_sell_too_many(
    engine: str, crowd: Crowd, set_seats: SetSeats, monkeypatch: pytest.MonkeyPatch
) -> None:
    if engine == "sqlite":
        pytest.skip("SQLite has one writer: there is no lock to leave out")
    await set_seats(SEATS)
    rivals = await crowd(RIVALS)

    async def unlocked(db: AsyncSession, *, webinar_id: UUID) -> Webinar:
        return await db.get_one(Webinar, webinar_id)

    monkeypatch.setattr(seats, "locked", unlocked)
    answers = await asyncio.gather(*(rival.register() for rival in rivals))

    confirmed = [one for one in answers if one.json()["state"] == "confirmed"]
    assert len(confirmed) > SEATS


async def test_who_gives_up_a_seat_gives_it_to_the_first_in_line(
    crowd: Crowd, set_seats: SetSeats, clock: SetClock
) -> None:
    await set_seats(1)
    people = await crowd(4)
    made = [(await person.register()).json() for person in people]
    assert [one["position"] for one in made] == [None, 1, 2, 3]

    clock.set("2026-03-04T09:00:00+08:00")
    await people[2].cancel(made[2]["id"])
    await people[0].cancel(made[0]["id"])

    now = [(await person.registrations())[0] for person in people]
    assert [one["state"] for one in now] == ["cancelled", "confirmed", "cancelled", "waiting"]
    assert [one["position"] for one in now] == [None, None, None, 1]
    assert now[1]["code"]


async def test_who_registers_again_stands_at_the_end(crowd: Crowd, set_seats: SetSeats) -> None:
    await set_seats(1)
    holder, first, second = await crowd(3)
    for person in (holder, first, second):
        await person.register()

    await first.cancel((await first.registrations())[0]["id"])
    again = (await first.register()).json()

    assert again["position"] == 2
    assert (await second.registrations())[0]["position"] == 1


async def test_more_seats_move_the_line_up_and_fewer_take_none_away(
    crowd: Crowd, set_seats: SetSeats
) -> None:
    await set_seats(1)
    people = await crowd(4)
    for person in people:
        await person.register()

    await set_seats(3)
    more = [(await person.registrations())[0]["state"] for person in people]
    await set_seats(1)
    fewer = [(await person.registrations())[0]["state"] for person in people]
    await people[0].cancel((await people[0].registrations())[0]["id"])

    assert more == fewer == ["confirmed"] * 3 + ["waiting"]
    # Two still hold seats where there is one: nobody moves up.
    assert (await people[3].registrations())[0]["position"] == 1


async def test_nobody_overtakes_the_line_when_a_pack_brings_seats(
    crowd: Crowd, set_seats: SetSeats, database: Database
) -> None:
    await set_seats(1)
    holder, first, newcomer = await crowd(3)
    await holder.register()
    await first.register()
    async with database.transaction() as db:
        webinar = (await db.scalars(select(Webinar).where(Webinar.slug == "china"))).one()
        webinar.seats = 2

    answer = await newcomer.register()

    assert answer.json()["position"] == 1
    assert (await first.registrations())[0]["state"] == "confirmed"


async def test_many_cancellations_at_once_promote_each_one_person(
    crowd: Crowd, set_seats: SetSeats, database: Database
) -> None:
    await set_seats(SEATS)
    people = await crowd(3 * SEATS)
    made = [(await person.register()).json() for person in people]

    await asyncio.gather(
        *(person.cancel(one["id"]) for person, one in zip(people[:SEATS], made, strict=False))
    )

    states = [(await person.registrations())[0]["state"] for person in people]
    assert states == ["cancelled"] * SEATS + ["confirmed"] * SEATS + ["waiting"] * SEATS
    async with database.snapshot() as db:
        counts = list((await registrations.counts(db)).values())
        promoted = await db.scalars(
            select(Registration.confirmed_at).where(
                Registration.state == RegistrationState.CONFIRMED
            )
        )
    served = (RegistrationState.CONFIRMED, RegistrationState.WAITING, RegistrationState.CANCELLED)
    assert counts == [dict.fromkeys(served, SEATS)]
    assert all(promoted)


async def test_after_the_beginning_nobody_moves_up(
    crowd: Crowd, set_seats: SetSeats, clock: SetClock
) -> None:
    await set_seats(1)
    holder, first = await crowd(2)
    await holder.register()
    await first.register()

    clock.set("2026-03-09T16:00:00+08:00")
    await set_seats(2)

    assert (await first.registrations())[0]["state"] == "waiting"
