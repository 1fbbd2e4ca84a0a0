"""Figures: how many were told what and how, and how many could not be reached."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import Notice, Registration, Webinar
from models.vocabulary import NoticeChannel, NoticeKind, NoticeState


@dataclass(frozen=True)
class Figure:
    """So many notices that went the same way."""

    webinar: str | None
    """The webinar's slug; None for what is about a comment."""

    kind: NoticeKind
    state: NoticeState
    channel: NoticeChannel | None
    reason: str | None
    number: int


async def count(db: AsyncSession) -> list[Figure]:
    """Count the ledger, by webinar, kind and outcome; it names nobody."""
    columns = (Webinar.slug, Notice.kind, Notice.state, Notice.channel, Notice.reason)
    found = await db.execute(
        select(*columns, func.count())
        .select_from(Notice)
        .outerjoin(
            Registration,
            Registration.id == func.coalesce(Notice.registration_id, Notice.subject_id),
        )
        .outerjoin(Webinar, Webinar.id == Registration.webinar_id)
        .group_by(*columns)
        .order_by(*columns)
    )
    return [Figure(*row) for row in found]
