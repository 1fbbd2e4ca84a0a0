"""Webinars: when they are, in whose time, what is left of them, and their entry for a calendar."""

from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from icalendar import Alarm, Calendar, Event
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import Consultation, Webinar
from models.vocabulary import Language, RegistrationPhase, WebinarState
from services import addresses, revisions
from services.errors import Gone, Malformed, NotFound

LENGTH_IF_UNKNOWN = timedelta(hours=2)
"""How long a webinar of no announced length counts as under way; never shown to anybody."""

BEIJING = "Asia/Shanghai"

REMINDER = timedelta(minutes=-30)


class WebinarNotFound(NotFound):
    """There is no such webinar."""

    code = "webinar_not_found"


class WebinarWithdrawn(Gone):
    """The webinar is no longer offered."""

    code = "webinar_withdrawn"


class WebinarAddressUnfit(Malformed):
    """An address for a webinar is not a plain https address."""

    code = "webinar_address_unfit"


class WebinarTimesUnfit(Malformed):
    """Registration would close before it opens."""

    code = "webinar_times_unfit"


class CalendarMethod(StrEnum):
    """What a calendar is to do with an entry (RFC 5546)."""

    PUBLISH = "PUBLISH"
    REQUEST = "REQUEST"
    CANCEL = "CANCEL"


@dataclass(frozen=True)
class Adjustments:
    """What staff set for a webinar; None leaves it as it is, an empty address takes it away."""

    registration_opens_at: datetime | None = None
    registration_closes_at: datetime | None = None
    replay_url: str | None = None
    slides_url: str | None = None
    notes_url: str | None = None
    needs_approval: bool | None = None


@dataclass(frozen=True)
class Materials:
    """What is left of a webinar, by address: recording, slides, written questions and answers."""

    replay_url: str | None = None
    slides_url: str | None = None
    notes_url: str | None = None


@dataclass(frozen=True)
class Standing:
    """Where a webinar stands at an instant, and its start on each clock, Beijing's first."""

    webinar: Webinar
    state: WebinarState
    times: list[datetime]


def standing(webinar: Webinar, now: datetime) -> Standing:
    """Tell everything about a webinar that depends on the time."""
    return Standing(webinar=webinar, state=state(webinar, now), times=local_times(webinar))


async def of_round(db: AsyncSession, *, consultation: Consultation) -> list[Webinar]:
    """Give a round's webinars, earliest first."""
    found = await db.scalars(
        select(Webinar)
        .where(Webinar.consultation_id == consultation.id, Webinar.retired.is_(False))
        .order_by(Webinar.starts_at, Webinar.position)
    )
    return list(found)


async def by_slug(db: AsyncSession, *, slug: str) -> Webinar:
    """Give one webinar of any round.

    Raises:
        WebinarNotFound, WebinarWithdrawn
    """
    webinar = await db.scalar(select(Webinar).where(Webinar.slug == slug))
    if webinar is None:
        raise WebinarNotFound
    if webinar.retired:
        raise WebinarWithdrawn
    return webinar


def ends_at(webinar: Webinar) -> datetime:
    """Give when a webinar counts as over."""
    length = timedelta(minutes=webinar.minutes) if webinar.minutes else LENGTH_IF_UNKNOWN
    return webinar.starts_at + length


def state(webinar: Webinar, now: datetime) -> WebinarState:
    """Tell where a webinar stands."""
    if now < webinar.starts_at:
        return WebinarState.UPCOMING
    return WebinarState.UNDER_WAY if now < ends_at(webinar) else WebinarState.ENDED


def registration_closes_at(webinar: Webinar) -> datetime:
    """Give the first instant at which nobody registers any more; never after the beginning."""
    return min(webinar.registration_closes_at or webinar.starts_at, webinar.starts_at)


def registration_phase(webinar: Webinar, now: datetime) -> RegistrationPhase:
    """Tell whether somebody who asks now may register here."""
    if now >= registration_closes_at(webinar):
        return RegistrationPhase.CLOSED
    if not webinar.registered_here:
        return RegistrationPhase.ELSEWHERE
    opens_at = webinar.registration_opens_at
    return RegistrationPhase.NOT_OPEN if opens_at and now < opens_at else RegistrationPhase.OPEN


def materials(webinar: Webinar, now: datetime) -> Materials:
    """Give what is left of a webinar; nothing before its end."""
    if state(webinar, now) is not WebinarState.ENDED:
        return Materials()
    return Materials(webinar.replay_url, webinar.slides_url, webinar.notes_url)


async def adjust(db: AsyncSession, *, slug: str, adjustments: Adjustments) -> Webinar:
    """Set what staff know of a webinar; a later content pack leaves it so.

    Raises:
        WebinarNotFound, WebinarWithdrawn, WebinarAddressUnfit, WebinarTimesUnfit
    """
    webinar = await by_slug(db, slug=slug)
    for name in (field.name for field in fields(adjustments)):
        value = getattr(adjustments, name)
        if isinstance(value, str):
            require_address(value)
        if value is not None:
            setattr(webinar, name, None if value == "" else value)
    opens_at = webinar.registration_opens_at
    if opens_at is not None and opens_at >= registration_closes_at(webinar):
        raise WebinarTimesUnfit
    await revisions.bump(db)
    return webinar


def require_address(address: str) -> None:
    """Make sure that an address can be shown as a link, or is empty.

    Raises:
        WebinarAddressUnfit
    """
    if address and not addresses.is_plain(address):
        raise WebinarAddressUnfit


def instants(webinar: Webinar) -> list[datetime]:
    """Give when something about a webinar changes by itself."""
    opens_at = webinar.registration_opens_at
    fixed = [registration_closes_at(webinar), webinar.starts_at, ends_at(webinar)]
    return [opens_at, *fixed] if opens_at else fixed


def local_times(webinar: Webinar) -> list[datetime]:
    """Give the start on the clocks people read: Beijing first, then the webinar's other zones."""
    zones = [BEIJING, *(zone for zone in webinar.time_zones if zone != BEIJING)]
    return [webinar.starts_at.astimezone(ZoneInfo(zone)) for zone in zones]


def in_beijing(instant: datetime) -> datetime:
    """Give an instant on Beijing's clock."""
    return instant.astimezone(ZoneInfo(BEIJING))


def calendar(webinar: Webinar, *, url: str, language: Language, now: datetime) -> bytes:
    """Give the webinar as an iCalendar file (RFC 5545) with one event and one alarm.

    UID never changes and SEQUENCE grows with each change, so that a second import updates the
    first. Without an announced length the event has a start only. DTSTAMP is the Beijing day's
    beginning: the same day gives the same bytes.
    """
    event = calendar_event(webinar, url=url, language=language, now=now)
    event.add("uid", f"{webinar.slug}@webinars.asi-consultation")
    event.add("sequence", webinar.sequence)
    return calendar_file(webinar, event, CalendarMethod.PUBLISH)


def calendar_event(webinar: Webinar, *, url: str, language: Language, now: datetime) -> Event:
    """Give the event of a webinar, which whoever asks for it gives a UID and a SEQUENCE."""
    start = in_beijing(webinar.starts_at)
    event = Event()
    event.add("dtstamp", _day_begins(now))
    event.add("dtstart", start)
    if webinar.minutes:
        event.add("dtend", start + timedelta(minutes=webinar.minutes))
    title = webinar.title.text(language)
    event.add("summary", title)
    if webinar.description:
        event.add("description", webinar.description.text(language))
    event.add("url", url)
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("trigger", REMINDER)
    alarm.add("description", title)
    event.add_component(alarm)
    return event


def calendar_file(webinar: Webinar, event: Event, method: CalendarMethod) -> bytes:
    """Give a file with one event of a webinar and the rules of its time zone."""
    result = Calendar.new(
        prodid="-//ASI consultation//webinars//ZH", method=method.value, uid=str(event["uid"])
    )
    result.add_component(event)
    first = in_beijing(webinar.starts_at).date() - timedelta(days=366)
    result.add_missing_timezones(first_date=first)
    return bytes(result.to_ical())


def _day_begins(now: datetime) -> datetime:
    local = now.astimezone(ZoneInfo(BEIJING))
    return local.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
