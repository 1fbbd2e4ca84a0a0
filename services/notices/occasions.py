"""What a notice is about, as it stands at the moment, and whether it is still worth sending."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from models import FeedbackItem, Notice, Registration, Visitor, Webinar
from models.vocabulary import NoticeKind, RegistrationState

LEADS: Mapping[NoticeKind, timedelta] = {
    NoticeKind.REMINDER_DAY: timedelta(hours=24),
    NoticeKind.REMINDER_SOON: timedelta(minutes=30),
}
"""How long before the beginning each reminder is due."""

OF_USE_UNTIL: Mapping[NoticeKind, timedelta] = {NoticeKind.REMINDER_DAY: timedelta(hours=2)}
"""How long before the beginning a reminder that was held up is no longer sent; others until it."""

ANSWER_KEPT = timedelta(days=30)
"""How long the news of an answer is tried."""


@dataclass(frozen=True)
class Occasion:
    """What a notice is about."""

    notice: Notice
    visitor: Visitor
    due_at: datetime
    expires_at: datetime
    """From then on it is not sent."""

    void: str | None
    """One word for why it must not be sent any more, such as `cancelled`."""

    registration: Registration | None = None
    webinar: Webinar | None = None
    item: FeedbackItem | None = None

    @property
    def slug(self) -> str:
        """The short link that leads to what it is about."""
        return self.webinar.slug if self.webinar else "feedback"


async def of(db: AsyncSession, *, notice: Notice) -> Occasion | None:
    """Give what a notice is about, None when that is gone."""
    if notice.kind is NoticeKind.COMMENT_ANSWERED:
        return await _of_comment(db, notice)
    registration = await db.get(Registration, notice.subject_id)
    if registration is None:
        return None
    webinar = await db.get_one(Webinar, registration.webinar_id, populate_existing=True)
    lead = LEADS.get(notice.kind)
    return Occasion(
        notice=notice,
        # Not the one it was planned for, where the registration was taken over meanwhile.
        visitor=await db.get_one(Visitor, registration.visitor_id),
        due_at=notice.planned_at if lead is None else webinar.starts_at - lead,
        expires_at=webinar.starts_at - OF_USE_UNTIL.get(notice.kind, timedelta(0)),
        void=_void(notice.kind, registration, webinar),
        registration=registration,
        webinar=webinar,
    )


async def _of_comment(db: AsyncSession, notice: Notice) -> Occasion | None:
    item = await db.get(FeedbackItem, notice.subject_id)
    if item is None:
        return None
    return Occasion(
        notice=notice,
        visitor=await db.get_one(Visitor, notice.visitor_id),
        due_at=notice.planned_at,
        expires_at=notice.planned_at + ANSWER_KEPT,
        void="withdrawn" if item.withdrawn_at is not None else None,
        item=item,
    )


def _void(kind: NoticeKind, registration: Registration, webinar: Webinar) -> str | None:
    if kind is NoticeKind.SEAT_CANCELLED:
        return None  # a cancelled registration stays cancelled
    if registration.state is not RegistrationState.CONFIRMED:
        return "cancelled"
    return "webinar_withdrawn" if webinar.retired else None
