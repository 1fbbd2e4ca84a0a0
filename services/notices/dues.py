"""Dues: who is to be told something and has not been, by what their registrations say."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import Notice, Registration, Webinar
from models.vocabulary import NoticeKind, RegistrationState

BATCH = 200
"""Notices of one kind that one sweep plans for one webinar; the next goes on."""


@dataclass(frozen=True)
class Due:
    """That somebody is to be told something."""

    kind: NoticeKind
    visitor_id: UUID
    subject_id: UUID


async def confirmed(
    db: AsyncSession,
    kind: NoticeKind,
    which: ColumnElement[bool],
    *,
    told: Sequence[NoticeKind],
    state: RegistrationState = RegistrationState.CONFIRMED,
) -> list[Due]:
    """Give who has a seat, or another state, and was told none of some kinds; it only reads."""
    known = select(Notice.id).where(Notice.subject_id == Registration.id, Notice.kind.in_(told))
    found = await db.execute(
        select(Registration.visitor_id, Registration.id)
        .join(Webinar, Webinar.id == Registration.webinar_id)
        .where(
            Registration.state == state,
            Webinar.retired.is_(False),
            which,
            ~known.exists(),
        )
        # In one order always, or two sweeps at once could wait for each other.
        .order_by(Registration.id)
        .limit(BATCH)
    )
    return [Due(kind, visitor_id, registration_id) for visitor_id, registration_id in found]
