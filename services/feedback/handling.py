"""Sending feedback, and what its sender may do with it until the round closes."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import and_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models import Consultation, FeedbackItem, FeedbackVersion
from models.vocabulary import RoundState
from services import consultations
from services.feedback import chain, receipts
from services.feedback import content as contents
from services.feedback.content import Changes, Content
from services.feedback.refusals import (
    AnonymousUnnamed,
    FeedbackNotFound,
    FeedbackWithdrawn,
    RoundClosed,
    RoundNotOpen,
)

_OPEN = (RoundState.OPEN, RoundState.CLOSING_SOON)


@dataclass(frozen=True)
class Sender:
    """Who asks for an item: the visitor who sent it, or whoever has its secret code."""

    visitor_id: UUID | None = None
    secret: str | None = None

    def owns(self, item: FeedbackItem) -> bool:
        """Tell whether an item is theirs."""
        if self.secret is not None:
            return receipts.opens(item, self.secret)
        return self.visitor_id is not None and item.visitor_id == self.visitor_id


@dataclass(frozen=True)
class Standing:
    """An item as its sender is shown it."""

    item: FeedbackItem
    latest: FeedbackVersion
    changeable: bool


@dataclass(frozen=True)
class Submitted(Standing):
    """An item that was just sent. The secret code, if it is anonymous, is known only here."""

    secret: str | None


async def submit(
    db: AsyncSession, *, content: Content, visitor_id: UUID | None, now: datetime
) -> Submitted:
    """Take feedback on the current round; without a visitor it is anonymous for good.

    Raises:
        ConsultationNotFound, RoundNotOpen, RoundClosed, SectionUnknown, TermUnknown,
        AnonymousUnnamed
    """
    consultation = await consultations.current(db, now=now)
    _require_open(consultation, now)
    _require_named(content, anonymous=visitor_id is None)
    await contents.require_known(db, consultation_id=consultation.id, content=content)
    secret = receipts.make_secret() if visitor_id is None else None
    head = await chain.head(db, of=chain.series(consultation))
    item = FeedbackItem(
        consultation_id=consultation.id,
        receipt=chain.next_receipt(head),
        submitted_at=now,
        visitor_id=visitor_id,
        secret_sha256=receipts.digest(secret) if secret else None,
    )
    db.add(item)
    await db.flush()
    version = chain.append(head, item, content=content, now=now)
    db.add(version)
    return Submitted(item=item, latest=version, changeable=True, secret=secret)


async def of_visitor(db: AsyncSession, *, visitor_id: UUID, now: datetime) -> list[Standing]:
    """Give all that a visitor sent under their login, withdrawn too, newest first."""
    rows = await db.execute(
        select(FeedbackItem, FeedbackVersion, Consultation)
        .join(
            FeedbackVersion,
            and_(
                FeedbackVersion.item_id == FeedbackItem.id,
                FeedbackVersion.ordinal == FeedbackItem.versions,
            ),
        )
        .join(Consultation, Consultation.id == FeedbackItem.consultation_id)
        .where(FeedbackItem.visitor_id == visitor_id)
        .order_by(FeedbackItem.submitted_at.desc(), FeedbackItem.receipt.desc())
    )
    return [
        Standing(item, version, changeable=_is_changeable(item, consultation, now))
        for item, version, consultation in rows
    ]


async def show(db: AsyncSession, *, receipt: str, sender: Sender, now: datetime) -> Standing:
    """Give one item to its sender.

    Raises:
        FeedbackNotFound: also for somebody else's, and for a wrong code.
    """
    item = await _own(db, receipt, sender)
    return await _standing(db, item, now)


async def change(
    db: AsyncSession, *, receipt: str, changes: Changes, sender: Sender, now: datetime
) -> Standing:
    """Change an item until its round closes; what it said before is kept as a version.

    Raises:
        FeedbackNotFound, FeedbackWithdrawn, RoundClosed, SectionUnknown, TermUnknown,
        AnonymousUnnamed
    """
    item = await _own(db, receipt, sender)
    if item.withdrawn_at is not None:
        raise FeedbackWithdrawn
    consultation = await db.get_one(Consultation, item.consultation_id)
    _require_open(consultation, now)
    before = contents.of_version(await _latest(db, item))
    content = changes.applied_to(before)
    if content != before:
        _require_named(content, anonymous=item.visitor_id is None)
        await contents.require_known(db, consultation_id=consultation.id, content=content)
        head = await chain.head(db, of=chain.series(consultation))
        db.add(chain.append(head, item, content=content, now=now))
    return await _standing(db, item, now)


async def withdraw(db: AsyncSession, *, receipt: str, sender: Sender, now: datetime) -> Standing:
    """Withdraw an item until its round closes. Done twice it is done once.

    Its number, its codes and its place in the chain stay; the texts of all its versions go.

    Raises:
        FeedbackNotFound, RoundClosed
    """
    item = await _own(db, receipt, sender)
    if item.withdrawn_at is not None:
        return await _standing(db, item, now)
    consultation = await db.get_one(Consultation, item.consultation_id)
    _require_open(consultation, now)
    nothing = contents.silent(contents.of_version(await _latest(db, item)))
    item.withdrawn_at = now
    head = await chain.head(db, of=chain.series(consultation))
    db.add(chain.append(head, item, content=nothing, now=now))
    await db.flush()
    await db.execute(
        update(FeedbackVersion)
        .where(FeedbackVersion.item_id == item.id)
        .values(salt=None, **contents.SILENCED)
    )
    return await _standing(db, item, now)


async def _own(db: AsyncSession, receipt: str, sender: Sender) -> FeedbackItem:
    if not chain.RECEIPT.fullmatch(receipt):
        raise FeedbackNotFound
    asked = select(FeedbackItem).where(FeedbackItem.receipt == receipt).with_for_update()
    item = await db.scalar(asked.execution_options(populate_existing=True))
    if item is None or not sender.owns(item):
        raise FeedbackNotFound
    return item


async def _latest(db: AsyncSession, item: FeedbackItem) -> FeedbackVersion:
    asked = select(FeedbackVersion).where(
        FeedbackVersion.item_id == item.id, FeedbackVersion.ordinal == item.versions
    )
    return (await db.scalars(asked.execution_options(populate_existing=True))).one()


async def _standing(db: AsyncSession, item: FeedbackItem, now: datetime) -> Standing:
    consultation = await db.get_one(Consultation, item.consultation_id)
    await db.flush()
    changeable = _is_changeable(item, consultation, now)
    return Standing(item, await _latest(db, item), changeable=changeable)


def _is_changeable(item: FeedbackItem, consultation: Consultation, now: datetime) -> bool:
    return item.withdrawn_at is None and consultations.state(consultation, now) in _OPEN


def _require_open(consultation: Consultation, now: datetime) -> None:
    state = consultations.state(consultation, now)
    if state is RoundState.FORTHCOMING:
        opens = consultation.opens_at.astimezone(ZoneInfo(consultation.time_zone))
        raise RoundNotOpen(opens=f"{opens:%Y-%m-%d %H:%M}", zone=consultation.time_zone)
    if state not in _OPEN:
        raise RoundClosed(address=consultation.hub_url)


def _require_named(content: Content, *, anonymous: bool) -> None:
    if anonymous and (content.may_contact or content.may_publish_name):
        raise AnonymousUnnamed
