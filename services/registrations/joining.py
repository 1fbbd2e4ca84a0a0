"""The meeting's address: sealed in its row, shown to those with a seat, from a set time on."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from models import Registration, Webinar
from models.vocabulary import RegistrationState
from services import webinars
from services.registrations.refusals import JoinLinkMissing, JoinLinkTooEarly, SeatMissing
from services.runtime.sealing import Sealer


async def set_link(
    db: AsyncSession, *, slug: str, url: str | None, shown_from: datetime | None, sealer: Sealer
) -> Webinar:
    """Set where a webinar is joined and from when that is shown; an empty address takes it away.

    Without a time it is shown as soon as it is set. None leaves a value as it is.

    Raises:
        WebinarNotFound, WebinarWithdrawn, WebinarAddressUnfit
    """
    webinar = await webinars.by_slug(db, slug=slug)
    if url is not None:
        webinars.require_address(url)
        webinar.sealed_join_url = sealer.seal(url.encode(), about=_place(webinar)) if url else None
    if shown_from is not None:
        webinar.join_from = shown_from
    return webinar


def link(registration: Registration, webinar: Webinar, *, sealer: Sealer, now: datetime) -> str:
    """Give the address of the meeting to somebody who has a seat in it.

    Raises:
        SeatMissing, JoinLinkMissing, JoinLinkTooEarly
    """
    if registration.state is not RegistrationState.CONFIRMED:
        raise SeatMissing
    if webinar.sealed_join_url is None or now >= webinars.ends_at(webinar):
        raise JoinLinkMissing
    if webinar.join_from is not None and now < webinar.join_from:
        raise JoinLinkTooEarly
    return sealer.open(webinar.sealed_join_url, about=_place(webinar)).decode()


def shown_from(registration: Registration, webinar: Webinar, *, now: datetime) -> datetime | None:
    """Give when the address is shown to somebody with a seat.

    None where there is none yet, and once the webinar is over.
    """
    has_seat = registration.state is RegistrationState.CONFIRMED
    if not has_seat or webinar.sealed_join_url is None or now >= webinars.ends_at(webinar):
        return None
    return webinar.join_from or registration.confirmed_at


def _place(webinar: Webinar) -> str:
    return f"webinars.sealed_join_url:{webinar.id}"
