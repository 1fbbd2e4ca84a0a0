"""What prepared answers depend on: the last change, and the next instant that changes them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import Consultation, Publisher, ShortLink, Webinar
from services import consultations, link_rules, revisions, short_links, webinars, working_hours
from services.contact_cards import pictures as contact_pictures
from services.wechat_codes import keeping as wechat_code_keeping


@dataclass(frozen=True)
class Horizon:
    """How long what the public sees now stays right."""

    revision: int
    read_at: datetime
    changes_at: datetime
    """The next opening, closing, webinar, link rule or midnight: prepared answers die there."""

    channels: frozenset[str]
    """The codes that `?ch=` may name."""

    publisher: Publisher | None
    """Of the current round, for pages that speak of no round: refusals."""

    def covers(self, now: datetime) -> bool:
        """Tell whether it still says something about an instant; clocks may be moved back."""
        return self.read_at <= now < self.changes_at


async def horizon(db: AsyncSession, *, now: datetime) -> Horizon:
    """Look how far ahead the public pages stay as they are."""
    rounds = list(await db.scalars(select(Consultation)))
    instants = [instant for item in rounds for instant in consultations.instants(item)]
    for webinar in await db.scalars(select(Webinar)):
        instants += webinars.instants(webinar)
    instants += [
        instant
        for instant in await db.scalars(select(ShortLink.expires_at).distinct())
        if instant is not None
    ]
    instants += await link_rules.instants(db)
    instants += await wechat_code_keeping.ends(db)
    instants += await contact_pictures.instants(db)
    instants += await working_hours.instants(db, now=now)
    zones = {webinars.BEIJING, *(item.time_zone for item in rounds)}
    instants += [consultations.next_midnight(zone, now) for zone in zones]
    announced = await consultations.rounds(db, now=now)
    return Horizon(
        revision=await revisions.current(db),
        read_at=now,
        changes_at=min(instant for instant in instants if instant > now),
        channels=await short_links.channels(db),
        publisher=(
            await consultations.publisher(db, consultation_id=announced[0].id)
            if announced
            else None
        ),
    )
