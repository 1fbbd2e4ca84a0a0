"""A registration's own entry in its visitor's calendar, which follows what becomes of it."""

from datetime import datetime

from icalendar import vCalAddress
from sqlalchemy.ext.asyncio import AsyncSession

from models import Registration, Webinar
from models.vocabulary import Language, PersonalContactKind, RegistrationState
from services import consultations, webinars
from services.registrations.booking import Standing
from services.registrations.states import OVER
from services.webinars import CalendarMethod

_STATUS = {
    RegistrationState.CONFIRMED: "CONFIRMED",
    RegistrationState.WAITING: "TENTATIVE",
    RegistrationState.CANCELLED: "CANCELLED",
    RegistrationState.PENDING: "TENTATIVE",
    RegistrationState.DECLINED: "CANCELLED",
}
_ANSWER = {
    RegistrationState.CONFIRMED: "ACCEPTED",
    RegistrationState.WAITING: "TENTATIVE",
    RegistrationState.CANCELLED: "DECLINED",
    RegistrationState.PENDING: "TENTATIVE",
    RegistrationState.DECLINED: "DECLINED",
}


async def invitation(
    db: AsyncSession, *, standing: Standing, url: str, language: Language, now: datetime
) -> bytes:
    """Give an iCalendar file that a calendar takes in place of the one before (RFC 5546).

    METHOD is REQUEST, or CANCEL for what was cancelled. UID stays; SEQUENCE grows with each change
    of the registration and of the webinar, such as another start. The meeting's own address is
    never in it: calendars are shared and synchronised.
    """
    registration, webinar = standing.registration, standing.webinar
    event = webinars.calendar_event(webinar, url=url, language=language, now=now)
    event.add("uid", uid(registration))
    event.add("sequence", sequence(registration, webinar))
    event.add("status", _STATUS[registration.state])
    event.add("organizer", vCalAddress(await _organiser(db, webinar)))
    event.add("attendee", _attendee(standing))
    return webinars.calendar_file(webinar, event, method(registration))


def method(registration: Registration) -> CalendarMethod:
    """Tell what the file asks a calendar to do; a mail's Content-Type repeats it."""
    over = registration.state in OVER
    return CalendarMethod.CANCEL if over else CalendarMethod.REQUEST


def uid(registration: Registration) -> str:
    """Give what calendars know the entry by."""
    return f"{registration.id}@registrations.asi-consultation"


def sequence(registration: Registration, webinar: Webinar) -> int:
    """Count the changes of both: neither count ever falls, so the sum tells newer from older."""
    return registration.sequence + webinar.sequence


async def _organiser(db: AsyncSession, webinar: Webinar) -> str:
    channels = await consultations.feedback_channels(db, consultation_id=webinar.consultation_id)
    address = next((channel.email for channel in channels if channel.email), None)
    return f"mailto:{address}" if address else f"urn:uuid:{webinar.consultation_id}"


def _attendee(standing: Standing) -> vCalAddress:
    """Name the visitor; who gave a phone number is known by the registration, not by it."""
    contact, registration = standing.contact, standing.registration
    by_mail = contact.kind is PersonalContactKind.EMAIL and contact.value
    return vCalAddress(
        f"mailto:{contact.value}" if by_mail else f"urn:uuid:{registration.id}",
        params={"CN": registration.name, "PARTSTAT": _ANSWER[registration.state], "RSVP": "FALSE"},
    )
