"""Registrations held against a model of ten lines, through every order of events.

`ASI_LONG=1` takes more than 2,000 steps on each database.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models import Registration, Visitor, Webinar
from models.vocabulary import PersonalContactKind
from services import registrations
from services.registrations import (
    AlreadyRegistered,
    ContactSafe,
    ContactTaken,
    PersonalContact,
    Registrant,
    Wish,
    personal,
    recovery,
)
from services.runtime.blind_index import BlindIndex
from services.runtime.database import Database
from services.runtime.sealing import Sealer
from tests.conftest import INSIDE_THE_ROUND, SECRET_KEY

PEOPLE = 6
LONG_RUNS = 100
"""Of 25 steps each, some of which have nothing to do."""

CONTACTS = [PersonalContact(PersonalContactKind.EMAIL, f"{name}@example.cn") for name in "abcde"]
SAFE = ContactSafe(Sealer(SECRET_KEY), BlindIndex(SECRET_KEY))
Made = TypeVar("Made")
THOROUGHLY = settings(
    max_examples=LONG_RUNS if os.environ.get("ASI_LONG") else 8,
    stateful_step_count=25,
    deadline=None,
    # Shortening a failure takes minutes here; as it was found it can be read too.
    phases=[Phase.generate],
    database=None,
    suppress_health_check=list(HealthCheck),
)

person = st.integers(0, PEOPLE - 1)
contact = st.sampled_from(CONTACTS)


@dataclass
class Held:
    """What the model knows of one active registration."""

    person: int
    contact: PersonalContact
    confirmed: bool


class Office(RuleBasedStateMachine):
    """Lets people register, change, cancel and stand in line, in any order."""

    def __init__(self, database: Database, runner: asyncio.Runner) -> None:
        super().__init__()
        self.database, self.runner = database, runner
        self.seats, self.model = 2, list[Held]()
        self.ids: dict[int, UUID] = {}
        self.visitors = self.do(_begin)

    def do(self, deed: Callable[[AsyncSession], Awaitable[Made]]) -> Made:
        async def done() -> Made:
            async with self.database.transaction() as db:
                return await deed(db)

        return self.runner.run(done())

    def who(self, number: int) -> Registrant:
        return Registrant(visitor=self.visitors[number], safe=SAFE, now=INSIDE_THE_ROUND)

    @rule(number=person, reached=contact)
    def register(self, number: int, reached: PersonalContact) -> None:
        wish = Wish(name="王芳", organisation="公司", contact=reached)
        known = self.held(number)
        taken = known is None and any(one.contact == reached for one in self.model)
        try:
            booked = self.do(
                lambda db: registrations.book(db, slug="china", wish=wish, who=self.who(number))
            )
        except ContactTaken:
            assert taken
            return
        assert not taken
        self.ids[number] = booked.registration.id
        if known is None:
            self.model.append(Held(number, reached, confirmed=False))
            self.move_up()

    @rule(number=person, reached=contact)
    def change(self, number: int, reached: PersonalContact) -> None:
        known = self.held(number)
        if known is None:
            return
        taken = any(one is not known and one.contact == reached for one in self.model)
        changes = registrations.Changes(contact=reached)
        try:
            self.do(
                lambda db: registrations.change(
                    db, registration_id=self.ids[number], changes=changes, who=self.who(number)
                )
            )
        except ContactTaken:
            assert taken
        else:
            assert not taken
            known.contact = reached

    @rule(number=person)
    def cancel(self, number: int) -> None:
        if number not in self.ids:
            return
        self.do(
            lambda db: registrations.cancel(
                db, registration_id=self.ids[number], who=self.who(number)
            )
        )
        self.model = [one for one in self.model if one.person != number]
        self.move_up()

    @rule(number=person)
    def erase(self, number: int) -> None:
        visitor_id = self.visitors[number].id
        self.do(lambda db: personal.erase(db, visitor_id=visitor_id, now=INSIDE_THE_ROUND))
        self.ids.pop(number, None)
        self.model = [one for one in self.model if one.person != number]
        self.move_up()

    @rule(number=person)
    def recover(self, number: int) -> None:
        """Take over what somebody else registered with a contact that is proved to be one's own."""
        owner = self.model[0] if self.model else None
        if owner is None:
            return
        barred = owner.person != number and self.held(number) is not None
        try:
            done = self.do(
                lambda db: recovery.take_over(
                    db, slug="china", contact=owner.contact, who=self.who(number)
                )
            )
        except AlreadyRegistered:
            assert barred
            return
        assert not barred
        del self.ids[owner.person]
        self.ids[number] = done.registration.id
        owner.person = number

    @rule(seats=st.integers(1, PEOPLE))
    def set_seats(self, seats: int) -> None:
        self.do(
            lambda db: registrations.set_seats(db, slug="china", seats=seats, now=INSIDE_THE_ROUND)
        )
        self.seats = seats
        self.move_up()

    @invariant()
    def it_is_as_the_model_says(self) -> None:
        line = [one.person for one in self.model if not one.confirmed]
        expected = {
            one.person: ("confirmed", None, one.contact)
            if one.confirmed
            else ("waiting", line.index(one.person) + 1, one.contact)
            for one in self.model
        }
        assert self.do(self.shown) == expected

    async def shown(self, db: AsyncSession) -> dict[int, tuple[str, int | None, Any]]:
        found = {}
        for number in range(PEOPLE):
            for one in await registrations.of_visitor(db, who=self.who(number)):
                if one.registration.cancelled_at is None:
                    found[number] = (one.registration.state.value, one.position, one.contact)
        return found

    def held(self, number: int) -> Held | None:
        return next((one for one in self.model if one.person == number), None)

    def move_up(self) -> None:
        for one in self.model:
            taken = sum(other.confirmed for other in self.model)
            one.confirmed = one.confirmed or taken < self.seats


def test_every_order_of_events_ends_as_the_model_says(database_url: str) -> None:
    database = Database(database_url)
    with asyncio.Runner() as runner:

        class Opened(Office):
            def __init__(self) -> None:
                super().__init__(database, runner)

        try:
            run_state_machine_as_test(Opened, settings=THOROUGHLY)
        finally:
            runner.run(database.close())


async def _begin(db: AsyncSession) -> list[Visitor]:
    """Begin anew: nobody is registered, two seats."""
    await db.execute(delete(Registration))
    await db.execute(update(Webinar).where(Webinar.slug == "china").values(seats=2))
    known = list(await db.scalars(select(Visitor)))
    if not known:
        known = [
            Visitor(first_seen_at=INSIDE_THE_ROUND, last_seen_at=INSIDE_THE_ROUND)
            for _ in range(PEOPLE)
        ]
        db.add_all(known)
    return known
