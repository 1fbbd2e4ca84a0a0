"""A message to all who registered: which way each gets it, and sending it by those that are open.

A conversation whose window is open takes it at once; the last message of a window stays for an
answer to that one person. Everybody else with an address gets a mail, where a mail server is
configured. WeChat's subscribe messages have fixed words and are of no use here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import Announcement, Conversation, Registration, Visitor, Webinar
from models.vocabulary import Account, Author, NoticeChannel, PersonalContactKind
from services import audit
from services.conversations import quota, sending
from services.conversations.work import Doors
from services.notices import announcing
from services.notices.announcing import Addressee
from services.webinar_desk import lists
from services.webinar_desk.deeds import By
from services.webinar_desk.lists import Show
from services.wechat import replies

AUDIENCES = (Show.CONFIRMED, Show.WAITING, Show.PENDING, Show.ACTIVE)


@dataclass(frozen=True)
class Ways:
    """By what a message can go from here."""

    doors: Doors
    mailing: bool
    """Whether a mail server is configured."""


@dataclass(frozen=True)
class Recipient:
    """Somebody who is to be told, and the way that is open; None where none is."""

    registration: Registration
    channel: NoticeChannel | None
    conversation_id: UUID | None = None


@dataclass(frozen=True)
class Plan:
    """Who gets a message by which way."""

    recipients: Sequence[Recipient]
    mailing: bool
    """Whether mail goes out from here; else those with an address are for somebody to write to."""

    def by(self, channel: NoticeChannel | None) -> list[Recipient]:
        """Give those of one way."""
        return [one for one in self.recipients if one.channel is channel]

    @property
    def sendable(self) -> int:
        """Count those whom it reaches from here."""
        mailed = len(self.by(NoticeChannel.EMAIL)) if self.mailing else 0
        return mailed + len(self.by(NoticeChannel.CONVERSATION))

    @property
    def numbers(self) -> Mapping[str, int]:
        """Count them by way."""
        return {
            "conversation": len(self.by(NoticeChannel.CONVERSATION)),
            "email": len(self.by(NoticeChannel.EMAIL)),
            "none": len(self.by(None)),
        }


async def plan(
    db: AsyncSession,
    *,
    webinar: Webinar,
    show: Show,
    ways: Ways,
    now: datetime,
    locked: bool = False,
) -> Plan:
    """Tell who would get a message by which way at this instant; `locked` keeps it that way."""
    registrations = list(
        await db.scalars(
            select(Registration)
            .where(Registration.webinar_id == webinar.id, lists.shown(show))
            .order_by(Registration.number)
        )
    )
    open_ = await _open(db, webinar, doors=ways.doors, now=now, locked=locked)
    recipients = [_recipient(one, open_.get(one.visitor_id)) for one in registrations]
    return Plan(recipients, ways.mailing)


async def send(
    db: AsyncSession, *, webinar: Webinar, show: Show, text: str, ways: Ways, by: By
) -> Announcement:
    """Queue a message to everybody who can be reached, once each, and give it.

    Locks the conversations, in one order, so that nobody spends their last message meanwhile.
    """
    made = await plan(db, webinar=webinar, show=show, ways=ways, now=by.now, locked=True)
    announcement = Announcement(
        webinar_id=webinar.id, text=text, audience=show.value, made_at=by.now
    )
    taken = {
        conversation_id: await _say(db, conversation_id, text, now=by.now)
        for conversation_id in dict.fromkeys(one.conversation_id for one in made.recipients)
        if conversation_id is not None
    }
    to = [_addressee(one, made, taken) for one in made.recipients]
    await announcing.announce(db, announcement=announcement, to=to, now=by.now)
    await audit.record(
        db,
        actor=by.actor,
        act="webinar.message_sent",
        subject=f"webinar/{webinar.slug}",
        details={"to": show.value, **made.numbers},
        now=by.at,
    )
    return announcement


async def conversations(db: AsyncSession, *, registration: Registration) -> list[Conversation]:
    """Give the conversations of whoever registered, one for each of our accounts at most."""
    asked = (
        select(Conversation)
        .join(Visitor, _theirs())
        .where(Visitor.id == registration.visitor_id)
        .order_by(Conversation.account)
    )
    return list(await db.scalars(asked))


async def _say(db: AsyncSession, conversation_id: UUID, text: str, *, now: datetime) -> UUID:
    message = await sending.queue(
        db,
        conversation=await db.get_one(Conversation, conversation_id),
        reply=replies.TextReply(text=text),
        author=Author.STAFF,
        now=now,
    )
    return message.id


def _addressee(one: Recipient, made: Plan, taken: Mapping[UUID, UUID]) -> Addressee:
    if one.conversation_id is not None:
        message_id = taken[one.conversation_id]
        return Addressee(one.registration, NoticeChannel.CONVERSATION, message_id)
    mailed = one.channel is NoticeChannel.EMAIL and made.mailing
    return Addressee(one.registration, NoticeChannel.EMAIL if mailed else None)


def _recipient(registration: Registration, conversation: Conversation | None) -> Recipient:
    if conversation is not None:
        return Recipient(registration, NoticeChannel.CONVERSATION, conversation.id)
    mail = registration.contact_kind is PersonalContactKind.EMAIL and registration.sealed_contact
    return Recipient(registration, NoticeChannel.EMAIL if mail else None)


async def _open(
    db: AsyncSession, webinar: Webinar, *, doors: Doors, now: datetime, locked: bool
) -> dict[UUID, Conversation]:
    """Give the open conversation of each visitor who has one, the mini-program's before others."""
    asked = (
        select(Visitor.id, Conversation)
        .join(Conversation, _theirs())
        .where(
            Visitor.id.in_(
                select(Registration.visitor_id).where(Registration.webinar_id == webinar.id)
            ),
            Conversation.window_left > 0,
            Conversation.window_closes_at > now,
        )
        # In one order always, or two messages at once could wait for each other.
        .order_by(Conversation.id)
        .execution_options(populate_existing=True)
    )
    if locked:
        asked = asked.with_for_update(of=Conversation)
    found: dict[UUID, Conversation] = {}
    for visitor_id, conversation in await db.execute(asked):
        left = quota.left_for(Author.AUTOMATIC, conversation, now=now)
        if left and _door(doors, conversation.account):
            known = found.get(visitor_id)
            if known is None or conversation.account is Account.MINI_PROGRAM:
                found[visitor_id] = conversation
    return found


def _theirs() -> ColumnElement[bool]:
    """Give the condition under which a conversation is a visitor's."""
    openids = {
        Account.MINI_PROGRAM: Visitor.mp_openid,
        Account.OFFICIAL_ACCOUNT: Visitor.oa_openid,
    }
    return or_(
        *(
            and_(Conversation.account == account, Conversation.openid == openid)
            for account, openid in openids.items()
        )
    )


def _door(doors: Doors, account: Account) -> object:
    return doors.mini_program if account is Account.MINI_PROGRAM else doors.official_account
