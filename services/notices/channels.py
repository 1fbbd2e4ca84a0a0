"""Channels: the ways a notice may go, and which of them is open at the moment."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import Conversation
from models.vocabulary import (
    Account,
    Author,
    Language,
    NoticeChannel,
    NoticeKind,
    PersonalContactKind,
)
from services import registrations
from services.conversations import quota, sending
from services.conversations.work import Doors
from services.notices import permits, wording
from services.notices.occasions import FOLLOW_UPS, Occasion
from services.notices.templates import Templates
from services.notices.wording import Link
from services.registrations import ContactSafe, Standing, calendar
from services.runtime.mail import Attachment, Mail, Mailer
from services.runtime.sealing import SealUnreadable
from services.wechat import replies

EVERY_WAY = (NoticeChannel.SUBSCRIPTION, NoticeChannel.CONVERSATION, NoticeChannel.EMAIL)

IN_TURN: Mapping[NoticeKind, tuple[NoticeChannel, ...]] = {
    # Their screen has just told them: a permit spent on it would be missing for the reminder.
    NoticeKind.SEAT_CONFIRMED: (NoticeChannel.EMAIL,),
    NoticeKind.SEAT_PROMOTED: EVERY_WAY,
    NoticeKind.SEAT_CANCELLED: (NoticeChannel.EMAIL,),
    NoticeKind.REMINDER_DAY: EVERY_WAY,
    NoticeKind.REMINDER_SOON: EVERY_WAY,
    NoticeKind.COMMENT_ANSWERED: EVERY_WAY,
    NoticeKind.SEAT_APPROVED: EVERY_WAY,
    NoticeKind.LINE_APPROVED: EVERY_WAY,
    NoticeKind.REGISTRATION_DECLINED: EVERY_WAY,
    # The desk has put it into the conversations that were open; what failed there goes by mail.
    NoticeKind.ANNOUNCEMENT: (NoticeChannel.EMAIL,),
    # No message of a window, which an answer to that person may need.
    **dict.fromkeys(FOLLOW_UPS, (NoticeChannel.SUBSCRIPTION, NoticeChannel.EMAIL)),
}
"""The ways each kind may go, in the order they are tried."""

WITH_CALENDAR = (
    NoticeKind.SEAT_CONFIRMED,
    NoticeKind.SEAT_PROMOTED,
    NoticeKind.SEAT_APPROVED,
    NoticeKind.SEAT_CANCELLED,
)


@dataclass(frozen=True)
class Means:
    """What notices are sent with."""

    doors: Doors
    templates: Templates
    mailer: Mailer | None
    """None where no mail server is configured."""

    safe: ContactSafe
    link: Link


@dataclass(frozen=True)
class Subscription:
    """A subscribe message that is about to be sent."""

    openid: str
    template_id: str
    values: Mapping[str, str]
    page: str


@dataclass(frozen=True)
class InConversation:
    """A message that a conversation has taken, whose own job sends it: nothing is to be called."""

    message_id: UUID


@dataclass(frozen=True)
class Errand:
    """One notice on its way out of the house."""

    db: AsyncSession
    occasion: Occasion
    means: Means
    now: datetime


Content = Subscription | InConversation | Mail


async def first_open(this: Errand) -> tuple[NoticeChannel, Content] | None:
    """Give the first channel that is open and was not tried, with what goes by it.

    A permit, or a message of the conversation's window, is spent with that.
    """
    notice = this.occasion.notice
    for channel in IN_TURN[notice.kind]:
        if channel.value in notice.tried:
            continue
        content = await _WAYS[channel](this)
        if content is not None:
            return channel, content
    return None


async def _by_subscription(this: Errand) -> Subscription | None:
    notice, openid = this.occasion.notice, this.occasion.visitor.mp_openid
    template = this.means.templates.get(notice.kind)
    if openid is None or template is None or this.means.doors.mini_program is None:
        return None
    values = wording.values(this.occasion, template)
    if values is None:
        notice.reason = "value_unfit"
        return None
    template_id = template.template_id
    permit_id = await permits.take(
        this.db, visitor_id=notice.visitor_id, template_id=template_id, now=this.now
    )
    if permit_id is None:
        return None
    notice.permit_id = permit_id
    page = wording.page(this.occasion, template)
    return Subscription(openid=openid, template_id=template_id, values=values, page=page)


async def _by_conversation(this: Errand) -> InConversation | None:
    conversation = await _open_conversation(this)
    if conversation is None:
        return None
    message = await sending.queue(
        this.db,
        conversation=conversation,
        reply=replies.TextReply(text=wording.chat(this.occasion, this.means.link)),
        author=Author.AUTOMATIC,
        now=this.now,
    )
    return InConversation(message.id)


async def _open_conversation(this: Errand) -> Conversation | None:
    """Give the visitor's conversation whose window is open to what no person writes, locked."""
    visitor, doors = this.occasion.visitor, this.means.doors
    ours = (
        (Account.MINI_PROGRAM, visitor.mp_openid, doors.mini_program),
        (Account.OFFICIAL_ACCOUNT, visitor.oa_openid, doors.official_account),
    )
    for account, openid, door in ours:
        if openid is None or door is None:
            continue
        conversation: Conversation | None = await this.db.scalar(
            select(Conversation)
            .where(Conversation.account == account, Conversation.openid == openid)
            .with_for_update()
        )
        if conversation is None:
            continue
        if quota.left_for(Author.AUTOMATIC, conversation, now=this.now):
            return conversation
    return None


async def _by_email(this: Errand) -> Mail | None:
    registration, webinar = this.occasion.registration, this.occasion.webinar
    if registration is None or webinar is None or this.means.mailer is None:
        return None
    if registration.contact_kind is not PersonalContactKind.EMAIL:
        return None
    if not registration.sealed_contact:
        return None
    try:
        standing = await registrations.standing(
            this.db, booked=(registration, webinar), safe=this.means.safe
        )
    except SealUnreadable as refusal:
        this.occasion.notice.reason = refusal.code
        return None
    files = (await _calendar(this, standing),) if _has_calendar(this) else ()
    return Mail(
        id=str(this.occasion.notice.id),
        to=standing.contact.value,
        subject=wording.subject(this.occasion, this.means.link),
        text=wording.mail(this.occasion, this.means.link),
        attachments=files,
    )


_WAYS: Mapping[NoticeChannel, Callable[[Errand], Awaitable[Content | None]]] = {
    NoticeChannel.SUBSCRIPTION: _by_subscription,
    NoticeChannel.CONVERSATION: _by_conversation,
    NoticeChannel.EMAIL: _by_email,
}


def _has_calendar(this: Errand) -> bool:
    return this.occasion.notice.kind in WITH_CALENDAR


async def _calendar(this: Errand, standing: Standing) -> Attachment:
    """Give the file that puts the webinar into the calendar, or takes it out again."""
    slug = standing.webinar.slug
    content = await calendar.invitation(
        this.db, standing=standing, url=this.means.link(slug), language=Language.ZH, now=this.now
    )
    method = calendar.method(standing.registration).value
    parameters = (("method", method), ("charset", "utf-8"))
    return Attachment(f"{slug}.ics", content, ("text", "calendar"), parameters)
