"""Sending feedback, and what its sender may do with it until the round closes."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models import Consultation, FeedbackItem, FeedbackVersion
from models.vocabulary import ConsentKind, FeedbackKind, FeedbackSource, Language
from services import consents, consultations, jobs, visits
from services.consents import Choices
from services.feedback import (
    answers,
    attachments,
    chain,
    checks,
    media_checks,
    origins,
    receipts,
    rounds,
    tags,
    translations,
)
from services.feedback import content as contents
from services.feedback.attachments import Filing
from services.feedback.checks import Writer
from services.feedback.content import Changes, Content
from services.feedback.refusals import (
    AnonymousUnnamed,
    FeedbackNotFound,
    FeedbackWithdrawn,
)
from services.feedback.standings import Standing, Submitted

_FILES_STAY = Filing()

FILE_QUESTION = "file_question"
"""The kind of job that puts a question into the inbox; what does it is above this layer."""


@dataclass(frozen=True)
class Sender:
    """Who asks for an item: the visitor who sent it, or whoever has its secret code."""

    visitor_id: UUID | None = None
    secret: str | None = None
    writer: Writer | None = None
    """For whom WeChat checks what they change; without one a person does."""

    def owns(self, item: FeedbackItem) -> bool:
        """Tell whether an item is theirs."""
        if self.secret is not None:
            return receipts.opens(item, self.secret)
        return self.visitor_id is not None and item.visitor_id == self.visitor_id


@dataclass(frozen=True, kw_only=True)
class Manner:
    """How feedback comes in, beside what it says and who sends it."""

    source: FeedbackSource
    """The door it comes through; never taken from what was sent."""

    kind: FeedbackKind = FeedbackKind.COMMENT
    attachments: tuple[str, ...] = ()
    """The tokens of uploads to be sent along."""

    channel: str | None = None
    """The channel its sender says they came by."""


async def submit(
    db: AsyncSession,
    *,
    content: Content,
    manner: Manner,
    visitor_id: UUID | None,
    now: datetime,
    asked_in: Language = Language.ZH,
    writer: Writer | None = None,
) -> Submitted:
    """Take feedback on the current round; without a visitor it is anonymous for good.

    WeChat checks the text for its writer; without one it waits for a person to look at it.
    `asked_in` is the language in which the sender read what they agreed to.

    Raises:
        ConsultationNotFound, RoundNotOpen, RoundClosed, SectionUnknown, TermUnknown,
        AnonymousUnnamed, AttachmentUnknown
    """
    consultation = await consultations.current(db, now=now)
    rounds.require_open(consultation, now)
    _require_named(content, anonymous=visitor_id is None)
    await contents.require_known(db, consultation_id=consultation.id, content=content)
    enclosed = await attachments.claim(db, tokens=manner.attachments)
    content = replace(content, attachments=tuple(file.sha256 for file in enclosed))
    secret = receipts.make_secret() if visitor_id is None else None
    named = manner.channel if visitor_id is not None else None
    channel = await visits.channel(db, code=named)
    head = await chain.head(db, of=chain.series(consultation, manner.kind))
    item = FeedbackItem(
        consultation_id=consultation.id,
        receipt=chain.next_receipt(head),
        submitted_at=now,
        source=manner.source,
        kind=manner.kind,
        visitor_id=visitor_id,
        channel=channel,
        secret_sha256=receipts.digest(secret) if secret else None,
    )
    db.add(item)
    await db.flush()
    attachments.attach(enclosed, item=item)
    version = chain.append(head, item, content=content, now=now)
    db.add(version)
    await checks.begin(db, version=version, writer=writer, now=now)
    await media_checks.begin(db, enclosed=enclosed, writer=writer, now=now)
    if item.kind is FeedbackKind.QUESTION:
        await jobs.enqueue(db, FILE_QUESTION, item_id=str(item.id))
    choices = Choices({ConsentKind.NOTICE: True} | content.consents, asked_in)
    await consents.record(db, about=item, choices=choices, now=now)
    return Submitted(
        item, version, changeable=True, attachments=enclosed, answer=None, secret=secret
    )


async def show(db: AsyncSession, *, receipt: str, sender: Sender, now: datetime) -> Standing:
    """Give one item to its sender.

    Raises:
        FeedbackNotFound: also for somebody else's, and for a wrong code.
    """
    return await _standing(db, await own(db, receipt=receipt, sender=sender), now)


async def own(db: AsyncSession, *, receipt: str, sender: Sender) -> FeedbackItem:
    """Give the row of one item to its sender, held until the transaction ends.

    Raises:
        FeedbackNotFound: also for somebody else's, and for a wrong code.
    """
    if not chain.RECEIPT.fullmatch(receipt):
        raise FeedbackNotFound
    asked = select(FeedbackItem).where(FeedbackItem.receipt == receipt).with_for_update()
    item = await db.scalar(asked.execution_options(populate_existing=True))
    if item is None or not sender.owns(item):
        raise FeedbackNotFound
    return item


async def change(
    db: AsyncSession,
    *,
    receipt: str,
    changes: Changes,
    filing: Filing = _FILES_STAY,
    sender: Sender,
    now: datetime,
    asked_in: Language = Language.ZH,
) -> Standing:
    """Change an item until its round closes; what it said before is kept as a version.

    Raises:
        FeedbackNotFound, FeedbackWithdrawn, RoundClosed, SectionUnknown, TermUnknown,
        AnonymousUnnamed, AttachmentNotFound, AttachmentUnknown, TooManyAttachments
    """
    item = await own(db, receipt=receipt, sender=sender)
    if item.withdrawn_at is not None:
        raise FeedbackWithdrawn
    consultation = await db.get_one(Consultation, item.consultation_id)
    rounds.require_open(consultation, now)
    before = contents.of_version(await _latest(db, item))
    filed = await attachments.refile(db, item=item, filing=filing)
    content = changes.applied_to(before)
    content = replace(content, attachments=tuple(file.sha256 for file in filed.every))
    # The same bytes put in anew are another file, of which nobody has decided.
    if content != before or filed.new:
        nameless = item.visitor_id is None and not await origins.is_named(db, item=item)
        _require_named(content, anonymous=nameless)
        await contents.require_known(db, consultation_id=consultation.id, content=content)
        head = await chain.head(db, of=chain.series(consultation, item.kind))
        version = chain.append(head, item, content=content, now=now)
        db.add(version)
        await checks.begin(db, version=version, writer=sender.writer, now=now)
        await media_checks.begin(db, enclosed=filed.new, writer=sender.writer, now=now)
        choices = Choices(content.consents, asked_in)
        await consents.record(db, about=item, choices=choices, now=now)
    return await _standing(db, item, now)


async def withdraw(db: AsyncSession, *, receipt: str, sender: Sender, now: datetime) -> Standing:
    """Withdraw an item until its round closes. Done twice it is done once.

    Its number, its codes and its place in the chain stay; the texts of all its versions go.

    Raises:
        FeedbackNotFound, RoundClosed
    """
    item = await own(db, receipt=receipt, sender=sender)
    if item.withdrawn_at is not None:
        return await _standing(db, item, now)
    consultation = await db.get_one(Consultation, item.consultation_id)
    rounds.require_open(consultation, now)
    nothing = contents.silent(contents.of_version(await _latest(db, item)))
    item.withdrawn_at = now
    head = await chain.head(db, of=chain.series(consultation, item.kind))
    db.add(chain.append(head, item, content=nothing, now=now))
    await consents.withdraw_all(db, about=item, now=now)
    await db.flush()
    await checks.forget(db, item_id=item.id)
    await attachments.remove(db, item_id=item.id)
    await answers.forget_texts(db, item=item)
    await origins.forget_sender(db, item_id=item.id)
    await translations.forget(db, item_id=item.id)
    await tags.forget(db, item_id=item.id)
    await db.execute(
        update(FeedbackVersion)
        .where(FeedbackVersion.item_id == item.id)
        .values(salt=None, **contents.SILENCED)
    )
    return await _standing(db, item, now)


async def _latest(db: AsyncSession, item: FeedbackItem) -> FeedbackVersion:
    asked = select(FeedbackVersion).where(
        FeedbackVersion.item_id == item.id, FeedbackVersion.ordinal == item.versions
    )
    return (await db.scalars(asked.execution_options(populate_existing=True))).one()


async def _standing(db: AsyncSession, item: FeedbackItem, now: datetime) -> Standing:
    consultation = await db.get_one(Consultation, item.consultation_id)
    await db.flush()
    files = await attachments.of_items(db, item_ids=[item.id])
    answered = await answers.published(db, item_ids=[item.id])
    return Standing(
        item,
        await _latest(db, item),
        changeable=item.withdrawn_at is None and rounds.is_open(consultation, now),
        attachments=files.get(item.id, []),
        answer=answered.get(item.id),
    )


def _require_named(content: Content, *, anonymous: bool) -> None:
    if anonymous and (content.may_contact or content.may_publish_name):
        raise AnonymousUnnamed
