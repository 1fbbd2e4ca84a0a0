"""Webinars: when they are, in whose time, and their entry for a calendar."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Alarm, Calendar, Event
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import Consultation, Webinar
from models.vocabulary import Language, WebinarState
from services.errors import Gone, NotFound

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


def local_times(webinar: Webinar) -> list[datetime]:
    """Give the start on the clocks people read: Beijing first, then the webinar's other zones."""
    zones = [BEIJING, *(zone for zone in webinar.time_zones if zone != BEIJING)]
    return [webinar.starts_at.astimezone(ZoneInfo(zone)) for zone in zones]


def calendar(webinar: Webinar, *, url: str, language: Language, now: datetime) -> bytes:
    """Give the webinar as an iCalendar file (RFC 5545) with one event and one alarm.

    UID never changes and SEQUENCE grows with each change, so that a second import updates the
    first. Without an announced length the event has a start only. DTSTAMP is the Beijing day's
    beginning: the same day gives the same bytes.
    """
    start = webinar.starts_at.astimezone(ZoneInfo(BEIJING))
    uid = f"{webinar.slug}@webinars.asi-consultation"
    event = Event()
    event.add("uid", uid)
    event.add("sequence", webinar.sequence)
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
    result = Calendar.new(prodid="-//ASI consultation//webinars//ZH", method="PUBLISH", uid=uid)
    result.add_component(event)
    result.add_missing_timezones(first_date=start.date() - timedelta(days=366))
    return bytes(result.to_ical())


def _day_begins(now: datetime) -> datetime:
    local = now.astimezone(ZoneInfo(BEIJING))
    return local.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
