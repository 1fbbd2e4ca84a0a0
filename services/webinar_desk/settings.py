"""Settings: what staff set for a webinar from the desk, all of it at once."""

from dataclasses import dataclass, field, fields
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from models import Webinar
from services import audit, registrations, webinars
from services.errors import Conflict
from services.registrations import joining, seats
from services.runtime.sealing import Sealer
from services.webinar_desk.deeds import By
from services.webinars import Adjustments


class WebinarChanged(Conflict):
    """Somebody else has changed the webinar since its settings were shown."""

    code = "webinar_changed"


@dataclass(frozen=True)
class Wish:
    """How a webinar is to be set; what is None or empty is to have no value."""

    sequence: int
    """The webinar's count of changes when its settings were shown."""

    seats: int | None
    opens_at: datetime | None
    closes_at: datetime | None
    join_from: datetime | None
    replay_url: str
    slides_url: str
    notes_url: str
    needs_approval: bool = False
    """Who has a seat or a place keeps it, and who waits for a decision still needs one."""

    join_url: str | None = field(default=None, repr=False)
    """None leaves the meeting's address, which is never shown again; an empty one takes it away."""


async def settle(db: AsyncSession, *, slug: str, wish: Wish, sealer: Sealer, by: By) -> Webinar:
    """Set a webinar as staff want it; the audit names what changed and not to what.

    With more seats those in line move up; with fewer nobody loses one.

    Raises:
        WebinarNotFound, WebinarWithdrawn, WebinarAddressUnfit, WebinarTimesUnfit, WebinarChanged
    """
    found = await webinars.by_slug(db, slug=slug)
    webinar = await seats.locked(db, webinar_id=found.id)
    if webinar.sequence != wish.sequence:
        raise WebinarChanged
    former = _state(webinar)
    webinar.registration_opens_at, webinar.registration_closes_at = wish.opens_at, wish.closes_at
    webinar.join_from = wish.join_from
    adjustments = Adjustments(
        replay_url=wish.replay_url,
        slides_url=wish.slides_url,
        notes_url=wish.notes_url,
        needs_approval=wish.needs_approval,
    )
    await webinars.adjust(db, slug=slug, adjustments=adjustments)
    await joining.set_link(db, slug=slug, url=wish.join_url, shown_from=None, sealer=sealer)
    if webinar.seats != wish.seats:
        await registrations.set_seats(db, slug=slug, seats=wish.seats, now=by.now)
    changed = sorted(name for name, value in _state(webinar).items() if value != former[name])
    if changed:
        await audit.record(
            db,
            actor=by.actor,
            act="webinar.set",
            subject=f"webinar/{webinar.slug}",
            details={"changed": changed},
            now=by.at,
        )
    return webinar


def _state(webinar: Webinar) -> dict[str, object]:
    """Give what may be set, to see what was."""
    names = [one.name for one in fields(Adjustments)]
    return {name: getattr(webinar, name) for name in ("seats", "join_from", *names)} | {
        "join_url": webinar.sealed_join_url
    }
