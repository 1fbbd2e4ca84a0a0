"""Following up: what people are told once a webinar is over, by whether they came."""

from datetime import datetime, timedelta

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import Registration, Webinar
from models.vocabulary import NoticeKind
from services import webinars
from services.notices.dues import Due, confirmed
from services.notices.occasions import FOLLOW_UPS, FOLLOWED_UP_FOR

PATIENCE = timedelta(days=1)
"""How long after the end a recording, slides or notes are waited for. Then people are thanked all
the same, and told where it will all be."""

LONGEST = timedelta(days=1)
"""No webinar lasts longer; it only narrows what is looked at."""


async def due(db: AsyncSession, *, now: datetime) -> list[Due]:
    """Give who had a seat in a webinar that is over and has not heard from us since."""
    over = await db.scalars(
        select(Webinar).where(
            Webinar.retired.is_(False),
            Webinar.registered_here,
            Webinar.starts_at <= now,
            Webinar.starts_at > now - FOLLOWED_UP_FOR - LONGEST,
        )
    )
    found: list[Due] = []
    for webinar in over:
        if _is_due(webinar, now):
            found += await _of(db, webinar)
    return found


def _is_due(webinar: Webinar, now: datetime) -> bool:
    ended = webinars.ends_at(webinar)
    if not ended <= now < ended + FOLLOWED_UP_FOR:
        return False
    left = webinars.materials(webinar, now)
    there = left.replay_url or left.slides_url or left.notes_url
    return bool(there) or now >= ended + PATIENCE


async def _of(db: AsyncSession, webinar: Webinar) -> list[Due]:
    here, came = Registration.webinar_id == webinar.id, Registration.checked_in_at.is_not(None)
    counted = await db.scalar(select(Registration.id).where(here, came).limit(1))
    if counted is None:
        # Nobody stood at a door: saying to somebody who was there that they were missed is wrong.
        return await confirmed(db, NoticeKind.FOLLOW_UP, here, told=FOLLOW_UPS)
    attended, missed = NoticeKind.FOLLOW_UP_ATTENDED, NoticeKind.FOLLOW_UP_MISSED
    return [
        *await confirmed(db, attended, and_(here, came), told=FOLLOW_UPS),
        *await confirmed(db, missed, and_(here, ~came), told=FOLLOW_UPS),
    ]
