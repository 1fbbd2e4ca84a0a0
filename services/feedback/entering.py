"""Entering feedback for those who sent it to us in another way: by mail, by telephone, by form."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from models import Consultation, FeedbackItem, FeedbackOrigin, Synopsis
from models.vocabulary import ConsentKind, FeedbackKind, FeedbackSource, Language, RoundState
from services import consents, consultations
from services.consents import Choices
from services.feedback import chain, checks, origins, receipts
from services.feedback import content as contents
from services.feedback.content import Content
from services.feedback.origins import NOBODY, Arrival, Person
from services.feedback.refusals import (
    ReceivedOutsideRound,
    RoundClosed,
    RoundNotOpen,
    SenderUnnamed,
)
from services.runtime.sealing import Sealer


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One comment that staff enter, and who sent it."""

    content: Content
    person: Person = NOBODY
    row_key: bytes | None = None
    """Of the row of a form it stands in."""


@dataclass(frozen=True)
class Entered:
    """What was entered, with the one code that opens all of it to whoever sent it."""

    items: Sequence[FeedbackItem]
    secret: str = field(repr=False)

    @property
    def receipts(self) -> list[str]:
        """Give the numbers, in the order of what was entered."""
        return [item.receipt for item in self.items]


async def enter(
    db: AsyncSession,
    *,
    consultation: Consultation,
    entries: Sequence[Entry],
    arrival: Arrival,
    source: FeedbackSource,
    sealer: Sealer,
    now: datetime,
    asked_in: Language = Language.ZH,
) -> Entered:
    """Take what reached us by another way into the log of a round, all or nothing.

    What came in time may be entered after the round has closed, until its answers are published.
    Consents are what the sender said, under the words as they are now. Holds the chain's head.

    Raises:
        RoundNotOpen, RoundClosed, ReceivedOutsideRound, SectionUnknown, TermUnknown, SenderUnnamed
    """
    await _require_in_time(db, consultation, received_on=arrival.received_on, now=now)
    vocabulary = await consultations.vocabulary(db, consultation_id=consultation.id)
    for entry in entries:
        contents.require_in(vocabulary, entry.content)
        _require_named(entry)
    secret = receipts.make_secret()
    head = await chain.head(db, of=chain.series(consultation, FeedbackKind.COMMENT))
    items, versions = [], []
    for entry in entries:
        item = FeedbackItem(
            consultation_id=consultation.id,
            receipt=chain.next_receipt(head),
            submitted_at=now,
            source=source,
            secret_sha256=receipts.digest(secret),
        )
        version = chain.append(head, item, content=entry.content, now=now)
        items.append(item)
        versions.append(version)
    db.add_all(items)
    await db.flush()
    for entry, item, version in zip(entries, items, versions, strict=True):
        db.add(version)
        db.add(_origin(entry, item, arrival=arrival, sealer=sealer))
        await checks.begin(db, version=version, writer=None, now=now)
    await db.flush()
    told = [
        (item, Choices({ConsentKind.NOTICE: True} | entry.content.consents, asked_in))
        for entry, item in zip(entries, items, strict=True)
    ]
    await consents.record_first(db, told=told, consultation_id=consultation.id, now=now)
    return Entered(items, secret)


def last_day(consultation: Consultation, *, now: datetime) -> date:
    """Give the last day on which what is entered may have reached us."""
    zone = ZoneInfo(consultation.time_zone)
    return min(now, consultation.closes_at).astimezone(zone).date()


def _origin(
    entry: Entry, item: FeedbackItem, *, arrival: Arrival, sealer: Sealer
) -> FeedbackOrigin:
    return origins.begin(
        item, arrival=arrival, person=entry.person, sealer=sealer, row_key=entry.row_key
    )


async def _require_in_time(
    db: AsyncSession, consultation: Consultation, *, received_on: date, now: datetime
) -> None:
    zone = ZoneInfo(consultation.time_zone)
    opens = consultation.opens_at.astimezone(zone)
    if consultations.state(consultation, now) is RoundState.FORTHCOMING:
        raise RoundNotOpen(opens=f"{opens:%Y-%m-%d %H:%M}", zone=consultation.time_zone)
    if await db.get(Synopsis, consultation.id) is not None:
        raise RoundClosed(address=consultation.hub_url)
    last = last_day(consultation, now=now)
    if not opens.date() <= received_on <= last:
        raise ReceivedOutsideRound(
            field="received_on", first=f"{opens:%Y-%m-%d}", last=f"{last:%Y-%m-%d}"
        )


def _require_named(entry: Entry) -> None:
    content = entry.content
    if content.may_contact and not entry.person.contact:
        raise SenderUnnamed(field="contact")
    if content.may_publish_name and not content.organisation:
        raise SenderUnnamed(field="organisation")
