"""What a notice is about, as it stands at the moment, and whether it is still worth sending."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from models import Announcement, FeedbackItem, Notice, Registration, Visitor, Webinar
from models.vocabulary import NoticeKind, RegistrationState
from services import webinars
from services.registrations.states import OVER

LEADS: Mapping[NoticeKind, timedelta] = {
    NoticeKind.REMINDER_DAY: timedelta(hours=24),
    NoticeKind.REMINDER_SOON: timedelta(minutes=30),
}
"""How long before the beginning each reminder is due."""

OF_USE_UNTIL: Mapping[NoticeKind, timedelta] = {NoticeKind.REMINDER_DAY: timedelta(hours=2)}
"""How long before the beginning a reminder that was held up is no longer sent; others until it."""

ANSWER_KEPT = timedelta(days=30)
"""How long the news of an answer is tried."""


ANNOUNCED_FOR = timedelta(days=2)
"""How long what somebody of ours wrote to all is tried."""

FOLLOW_UPS = (
    NoticeKind.FOLLOW_UP,
    NoticeKind.FOLLOW_UP_ATTENDED,
    NoticeKind.FOLLOW_UP_MISSED,
)
"""After the end: to everybody where nobody was checked in, else to who came and who did not."""

FOLLOWED_UP_FOR = timedelta(days=7)
"""How long after the end people are told what is left of a webinar."""

_FITTING: Mapping[NoticeKind, frozenset[RegistrationState]] = {
    # A cancelled registration stays cancelled.
    NoticeKind.SEAT_CANCELLED: frozenset(RegistrationState),
    NoticeKind.LINE_APPROVED: frozenset({RegistrationState.WAITING}),
    NoticeKind.REGISTRATION_DECLINED: frozenset({RegistrationState.DECLINED}),
    NoticeKind.ANNOUNCEMENT: frozenset(RegistrationState) - OVER,
}
"""In which states a kind is true; all others where there is a seat."""


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
    announcement: Announcement | None = None

    @property
    def slug(self) -> str:
        """The short link that leads to what it is about."""
        return self.webinar.slug if self.webinar else "feedback"


async def of(db: AsyncSession, *, notice: Notice) -> Occasion | None:
    """Give what a notice is about, None when that is gone."""
    if notice.kind is NoticeKind.COMMENT_ANSWERED:
        return await _of_comment(db, notice)
    announcement = None
    if notice.kind is NoticeKind.ANNOUNCEMENT:
        announcement = await db.get_one(Announcement, notice.subject_id)
    about = notice.subject_id if announcement is None else notice.registration_id
    registration = await db.get(Registration, about)
    if registration is None:
        return None
    webinar = await db.get_one(Webinar, registration.webinar_id, populate_existing=True)
    lead = LEADS.get(notice.kind)
    return Occasion(
        notice=notice,
        # Not the one it was planned for, where the registration was taken over meanwhile.
        visitor=await db.get_one(Visitor, registration.visitor_id),
        due_at=notice.planned_at if lead is None else webinar.starts_at - lead,
        expires_at=_expires_at(notice.kind, webinar, announcement),
        void=_void(notice.kind, registration, webinar),
        registration=registration,
        webinar=webinar,
        announcement=announcement,
    )


def _expires_at(kind: NoticeKind, webinar: Webinar, announcement: Announcement | None) -> datetime:
    if announcement is not None:
        return announcement.made_at + ANNOUNCED_FOR
    if kind in FOLLOW_UPS:
        return webinars.ends_at(webinar) + FOLLOWED_UP_FOR
    return webinar.starts_at - OF_USE_UNTIL.get(kind, timedelta(0))


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
    if registration.state not in _FITTING.get(kind, {RegistrationState.CONFIRMED}):
        return "cancelled"
    if kind is NoticeKind.SEAT_CANCELLED:
        return None
    return "webinar_withdrawn" if webinar.retired else None
