"""Lists: a webinar's registrations in the order they came, and how many there are of each kind."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

import phonenumbers
from sqlalchemy import ColumnElement, and_, case, func, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from models import Registration, Webinar
from models.vocabulary import PersonalContactKind, RegistrationState
from services.registrations import ContactSafe, PersonalContact
from services.registrations.states import OVER

PAGE = 50


class Show(StrEnum):
    """Which registrations are asked for."""

    ACTIVE = "active"
    """With a seat, in the line, or not decided about."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    WAITING = "waiting"
    ARRIVED = "arrived"
    MISSING = "missing"
    """With a seat, and not at the door yet."""

    CANCELLED = "cancelled"
    DECLINED = "declined"


@dataclass(frozen=True)
class Numbers:
    """How many registrations of a webinar there are, of each kind."""

    confirmed: int = 0
    waiting: int = 0
    cancelled: int = 0
    pending: int = 0
    declined: int = 0
    arrived: int = 0

    def of(self, show: Show) -> int:
        """Give the number that belongs to a list."""
        match show:
            case Show.ACTIVE:
                return self.confirmed + self.waiting + self.pending
            case Show.MISSING:
                return self.confirmed - self.arrived
            case _:
                found: int = getattr(self, show.value)
                return found


@dataclass(frozen=True)
class Asked:
    """What a page of a list is asked for."""

    show: Show = Show.ACTIVE
    words: str = ""
    """Part of a name or an organisation, or a whole code, phone number or address."""

    sees_people: bool = False
    """Whether whoever asks sees names and contacts; else only organisations are looked through."""

    after: int = 0
    """The number of the last registration on the page before."""


@dataclass(frozen=True)
class Listed:
    """One page of a list."""

    registrations: list[Registration]
    next: int | None
    """What the next page begins after; None on the last one."""


async def listed(
    db: AsyncSession, *, webinar: Webinar, asked: Asked, safe: ContactSafe, most: int = PAGE
) -> Listed:
    """Give registrations in the order of their numbers, which is the order of the line."""
    found = await db.scalars(
        select(Registration)
        .where(
            Registration.webinar_id == webinar.id,
            Registration.number > asked.after,
            shown(asked.show),
            _matching(asked, safe),
        )
        .order_by(Registration.number)
        .limit(most + 1)
    )
    rows = list(found)
    more = len(rows) > most
    return Listed(rows[:most], rows[most - 1].number if more else None)


async def numbers(db: AsyncSession) -> Mapping[UUID, Numbers]:
    """Count the registrations of each webinar that has any."""
    state = Registration.state
    rows = await db.execute(
        select(
            Registration.webinar_id,
            *(func.sum(_one(state == word)) for word in RegistrationState),
            func.sum(_one(_arrived())),
        ).group_by(Registration.webinar_id)
    )
    return {
        webinar_id: Numbers(
            **{word.value: count for word, count in zip(RegistrationState, counts, strict=True)},
            arrived=arrived,
        )
        for webinar_id, *counts, arrived in rows
    }


async def line(
    db: AsyncSession, *, webinar: Webinar, among: Iterable[Registration]
) -> Mapping[UUID, int]:
    """Give the places of those among some who are in the line, 1 for who is next."""
    asked = {one.number: one.id for one in among if one.state is RegistrationState.WAITING}
    if not asked:
        return {}
    place = func.row_number().over(order_by=Registration.number)
    places = (
        select(Registration.number, place.label("place"))
        .where(
            Registration.webinar_id == webinar.id,
            shown(Show.WAITING),
            Registration.number <= max(asked),
        )
        .subquery()
    )
    rows = await db.execute(select(places).where(places.c.number.in_(asked)))
    return {asked[number]: found for number, found in rows}


def shown(show: Show) -> ColumnElement[bool]:
    """Give the condition of a list."""
    match show:
        case Show.ACTIVE:
            return Registration.state.not_in(OVER)
        case Show.ARRIVED:
            return _arrived()
        case Show.MISSING:
            confirmed = Registration.state == RegistrationState.CONFIRMED
            return and_(confirmed, Registration.checked_in_at.is_(None))
        case _:
            return Registration.state == RegistrationState(show.value)


def _arrived() -> ColumnElement[bool]:
    confirmed = Registration.state == RegistrationState.CONFIRMED
    return and_(confirmed, Registration.checked_in_at.is_not(None))


def _one(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return case((condition, 1), else_=0)


def _matching(asked: Asked, safe: ContactSafe) -> ColumnElement[bool]:
    words = asked.words.strip()
    if not words:
        return true()
    organisation = Registration.organisation.icontains(words, autoescape=True)
    if not asked.sees_people:
        # To be found by what is masked would tell it.
        return organisation
    ways = [
        Registration.name.icontains(words, autoescape=True),
        organisation,
        Registration.code == words.upper(),
    ]
    contact = _contact(words)
    if contact is not None:
        indexes = [safe.index_of(contact), *safe.former_indexes_of(contact)]
        ways.append(Registration.contact_index.in_(indexes))
    return or_(*ways)


def _contact(words: str) -> PersonalContact | None:
    """Give what was typed as a contact the way contacts are kept; None where it is none."""
    if "@" in words:
        return PersonalContact(PersonalContactKind.EMAIL, words.lower())
    try:
        number = phonenumbers.parse(words, "CN")
    except phonenumbers.NumberParseException:
        return None
    written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return PersonalContact(PersonalContactKind.PHONE, written)
