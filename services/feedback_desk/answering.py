"""Answering: dispositions, responses, who is to see to it, and what must not be shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import (
    Consultation,
    FeedbackAnswer,
    FeedbackItem,
    FeedbackVersion,
    StaffAccount,
    Synopsis,
    Term,
)
from models.bilingual import Bilingual
from models.vocabulary import CheckVerdict, TermSet
from services import audit, consultations
from services.feedback import FeedbackNotFound, FeedbackWithdrawn, TermUnknown, answers, reviewing
from services.feedback_desk.refusals import (
    AnswerChanged,
    AnswerIncomplete,
    AnswersArePublished,
    AssigneeUnknown,
    CommentChanged,
    NothingChosen,
)

NO_RESPONSE = Bilingual("")


@dataclass(frozen=True)
class Deed:
    """Who of ours does something, and when."""

    account: StaffAccount
    may_publish: bool
    """Whether they may change what is published."""

    now: datetime
    """The machine's time."""


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What an answer is to be."""

    disposition: str | None = None
    response: Bilingual = NO_RESPONSE
    assignee_id: UUID | None = None
    note: str | None = None


@dataclass(frozen=True, kw_only=True)
class Bulk:
    """What many answers are to get at once; None leaves it as it is."""

    disposition: str | None = None
    with_template: bool = False
    """Whether those without a response get the one that the disposition's begins with."""

    assignee_id: UUID | None = None


async def dispositions(db: AsyncSession, *, consultation_id: UUID) -> list[Term]:
    """Give what may become of a comment, in the pack's order."""
    vocabulary = await consultations.vocabulary(db, consultation_id=consultation_id)
    return [term for term in vocabulary.terms if term.term_set is TermSet.DISPOSITION]


async def round_of(db: AsyncSession, *, item: FeedbackItem) -> Consultation:
    """Give the round that an item is of."""
    return await db.get_one(Consultation, item.consultation_id)


def text_to_redact(version: FeedbackVersion) -> str:
    """Give all that a version says, as one text."""
    said = (version.comment, version.proposed_text, version.rationale)
    return "\n\n".join(text for text in said if text)


async def answer(
    db: AsyncSession, *, receipt: str, wish: Wish, seen: int, by: Deed
) -> FeedbackAnswer:
    """Save the answer to an item, if nobody else did since it was seen.

    `seen` is the revision that was shown, 0 for none yet. Locks the item. Once the answers are
    published, what is saved is public at once.

    Raises:
        FeedbackNotFound, FeedbackWithdrawn, AnswerChanged, TermUnknown, AssigneeUnknown,
        AnswersArePublished, AnswerIncomplete
    """
    item = await standing_item(db, receipt)
    known = await db.get(FeedbackAnswer, item.id, populate_existing=True)
    if (known.revision if known else 0) != seen:
        raise AnswerChanged
    await _require_known(db, item.consultation_id, wish)
    saved = await _to_be_changed(db, item, by)
    saved.disposition, saved.response = wish.disposition, wish.response or None
    saved.assignee_id, saved.note = wish.assignee_id, wish.note
    await _save(db, item, saved=saved, by=by)
    details = {
        "disposition": wish.disposition or "-",
        "responded": bool(wish.response),
        "assignee": str(wish.assignee_id or "-"),
    }
    await record(db, "feedback.answered", receipt, by=by, details=details)
    return saved


async def answer_many(db: AsyncSession, *, receipts: Sequence[str], wish: Bulk, by: Deed) -> int:
    """Give many items a disposition, a template's response or an assignee; tell how many got it.

    What was withdrawn, and responses that somebody wrote, stay as they are. Locks the items.

    Raises:
        NothingChosen, FeedbackNotFound, TermUnknown, AssigneeUnknown, AnswersArePublished
    """
    if not receipts or (wish.disposition is None and wish.assignee_id is None):
        raise NothingChosen
    items = await held_items(db, receipts)
    for consultation_id in {item.consultation_id for item in items}:
        await _require_known(db, consultation_id, wish)
        templates = await _templates(db, consultation_id)
        for item in items:
            if item.consultation_id == consultation_id:
                await _answer_one(db, item, wish, by=by, templates=templates)
    details = {
        "disposition": wish.disposition or "-",
        "template": wish.with_template,
        "assignee": str(wish.assignee_id or "-"),
        "receipts": [item.receipt for item in items],
    }
    await record(db, "feedback.answered_together", f"{len(items)} items", by=by, details=details)
    return len(items)


async def redact(
    db: AsyncSession, *, receipt: str, public_text: str, reason: str, seen: int, by: Deed
) -> None:
    """Have something else shown in the place of what was written, and why; empty shows none of it.

    `seen` is the ordinal of the version that was read.

    Raises:
        FeedbackNotFound, FeedbackWithdrawn, CommentChanged, AnswersArePublished
    """
    item = await standing_item(db, receipt)
    if item.versions != seen:
        raise CommentChanged
    saved = await _to_be_changed(db, item, by)
    saved.public_text, saved.redaction_reason = public_text, reason
    saved.redacted_version = item.versions
    await _save(db, item, saved=saved, by=by)
    details = {"version": item.versions, "withheld": not public_text}
    await record(db, "feedback.redacted", receipt, by=by, details=details)


async def show_as_written(db: AsyncSession, *, receipt: str, by: Deed) -> None:
    """Take a redaction back.

    Raises:
        FeedbackNotFound, FeedbackWithdrawn, AnswersArePublished
    """
    item = await standing_item(db, receipt)
    saved = await _to_be_changed(db, item, by)
    saved.public_text = saved.redaction_reason = saved.redacted_version = None
    await _save(db, item, saved=saved, by=by)
    await record(
        db, "feedback.redaction_taken_back", receipt, by=by, details={"version": item.versions}
    )


async def judge(db: AsyncSession, *, receipt: str, passed: bool, by: Deed) -> None:
    """Say of all that waits for a person in an item whether it may be shown.

    Raises:
        FeedbackNotFound: also where nothing waits
    """
    await reviewing.decide(db, receipt=receipt, passed=passed, now=by.now)
    verdict = CheckVerdict.PASSED if passed else CheckVerdict.RISKY
    await record(db, "feedback.judged", receipt, by=by, details={"verdict": verdict.value})


async def _answer_one(
    db: AsyncSession,
    item: FeedbackItem,
    wish: Bulk,
    *,
    by: Deed,
    templates: Mapping[str, Bilingual],
) -> None:
    saved = await _to_be_changed(db, item, by)
    if wish.disposition is not None:
        saved.disposition = wish.disposition
        if wish.with_template and not saved.response:
            saved.response = templates.get(wish.disposition)
    saved.assignee_id = wish.assignee_id or saved.assignee_id
    await _save(db, item, saved=saved, by=by)


async def standing_item(db: AsyncSession, receipt: str) -> FeedbackItem:
    """Give an item that was not withdrawn, locked.

    Raises:
        FeedbackNotFound, FeedbackWithdrawn
    """
    found = (await held_items(db, [receipt], withdrawn=True))[0]
    if found.withdrawn_at is not None:
        raise FeedbackWithdrawn
    return found


async def held_items(
    db: AsyncSession, receipts: Sequence[str], *, withdrawn: bool = False
) -> list[FeedbackItem]:
    """Give items, locked in the order of their numbers, so that no two wait for each other.

    Raises:
        FeedbackNotFound
    """
    found = list(
        await db.scalars(
            select(FeedbackItem)
            .where(FeedbackItem.receipt.in_(set(receipts)))
            .order_by(FeedbackItem.receipt)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    )
    if len(found) != len(set(receipts)):
        raise FeedbackNotFound
    return [item for item in found if withdrawn or item.withdrawn_at is None]


async def require_changeable(db: AsyncSession, item: FeedbackItem, by: Deed) -> None:
    """Make sure that somebody may change what is shown of an item; nobody publishes meanwhile.

    Raises:
        AnswersArePublished
    """
    # Publishing waits for those who are saving, and they for it: no answer slips through empty.
    shared = select(Consultation.id).where(Consultation.id == item.consultation_id)
    await db.execute(shared.with_for_update(read=True))
    if not by.may_publish and await db.get(Synopsis, item.consultation_id) is not None:
        raise AnswersArePublished


async def _to_be_changed(db: AsyncSession, item: FeedbackItem, by: Deed) -> FeedbackAnswer:
    """Give an item's answer, a new one if there is none, to those who may change it."""
    await require_changeable(db, item, by)
    known = await db.get(FeedbackAnswer, item.id, populate_existing=True)
    if known is not None:
        return known
    made = FeedbackAnswer(item_id=item.id, changed_at=by.now, changed_by_id=by.account.id)
    db.add(made)
    return made


async def _save(db: AsyncSession, item: FeedbackItem, *, saved: FeedbackAnswer, by: Deed) -> None:
    saved.revision += 1
    saved.changed_at, saved.changed_by_id = by.now, by.account.id
    await db.flush()
    is_public = await answers.show_anew(db, item=item)
    if is_public and not (saved.disposition and saved.response):
        raise AnswerIncomplete


async def _require_known(db: AsyncSession, consultation_id: UUID, wish: Wish | Bulk) -> None:
    known = await dispositions(db, consultation_id=consultation_id)
    if wish.disposition is not None and wish.disposition not in {term.code for term in known}:
        raise TermUnknown(field="disposition")
    if wish.assignee_id is not None:
        account = await db.get(StaffAccount, wish.assignee_id)
        if account is None or account.disabled:
            raise AssigneeUnknown(field="assignee")


async def _templates(db: AsyncSession, consultation_id: UUID) -> Mapping[str, Bilingual]:
    known = await dispositions(db, consultation_id=consultation_id)
    return {term.code: term.answer for term in known if term.answer}


async def record(
    db: AsyncSession, act: str, subject: str, *, by: Deed, details: Mapping[str, object]
) -> None:
    """Write a deed into the audit log, last in its transaction."""
    await audit.record(
        db, actor=by.account.login, act=act, subject=subject, now=by.now, details=details
    )
