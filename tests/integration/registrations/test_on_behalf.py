"""Staff act on registrations while others do: no seat too many, and nobody waits for ever."""

from collections import Counter
from uuid import UUID

import anyio
from sqlalchemy import select, update

from models import Registration, Visitor, Webinar
from models.vocabulary import PersonalContactKind
from services import registrations, webinars
from services.registrations import ContactSafe, PersonalContact, Registrant, Wish, on_behalf
from services.runtime.blind_index import BlindIndex
from services.runtime.database import Database
from tests.conftest import INSIDE_THE_ROUND, SECRET_KEY
from tests.support.wechat_accounts import SEALER

NOW = INSIDE_THE_ROUND
SAFE = ContactSafe(SEALER, BlindIndex(SECRET_KEY))
SEATS = 3
PEOPLE = 6
THERE = {"china": "europe-asia", "europe-asia": "china"}


async def test_people_moved_both_ways_at_once_take_no_seat_too_many(database: Database) -> None:
    booked = await _booked(database)

    async with anyio.create_task_group() as group:
        for registration_id, slug in booked:
            group.start_soon(_move, database, registration_id, slug)

    async with database.snapshot() as db:
        rows = list(
            await db.execute(
                select(Webinar.slug, Registration.state).join(
                    Webinar, Webinar.id == Registration.webinar_id
                )
            )
        )
    assert Counter((slug, state.value) for slug, state in rows) == {
        (slug, state): number
        for slug in THERE
        for state, number in {
            "confirmed": SEATS,
            "waiting": PEOPLE - SEATS,
            "cancelled": PEOPLE,
        }.items()
    }


async def _booked(database: Database) -> list[tuple[UUID, str]]:
    """Let people register for two webinars, more than there are seats."""
    found: list[tuple[UUID, str]] = []
    async with database.transaction() as db:
        await db.execute(update(Webinar).values(registered_here=True))
        for slug in THERE:
            await registrations.set_seats(db, slug=slug, seats=SEATS, now=NOW)
            for number in range(PEOPLE):
                visitor = Visitor(first_seen_at=NOW, last_seen_at=NOW, mp_openid=f"{slug}{number}")
                db.add(visitor)
                await db.flush()
                contact = PersonalContact(PersonalContactKind.EMAIL, f"{number}@{slug}.example")
                wish = Wish(name="王芳", organisation="某某铝业", contact=contact)
                who = Registrant(visitor=visitor, safe=SAFE, now=NOW)
                standing = await registrations.book(db, slug=slug, wish=wish, who=who)
                found.append((standing.registration.id, slug))
    return found


async def _move(database: Database, registration_id: UUID, slug: str) -> None:
    async with database.transaction() as db:
        webinar = await webinars.by_slug(db, slug=slug)
        await on_behalf.move(
            db,
            webinar=webinar,
            registration_id=registration_id,
            to=THERE[slug],
            safe=SAFE,
            now=NOW,
        )
