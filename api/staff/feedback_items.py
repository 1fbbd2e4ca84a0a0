"""One comment at the feedback desk: its answer, what is shown of it, its attachments."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from api import downloads
from api.dependencies import Db, ReadDb
from api.pages import forms
from api.pages.forms import Form, Told
from api.staff.callers import DeskForm, Staff
from api.staff.feedback import LOG, Answerer, Reader, around, deed
from miniprogram_contract.feedback import Word
from miniprogram_contract.fields import MANY_LINES, ONE_LINE
from miniprogram_contract.messages import Request as Message
from models.bilingual import Bilingual
from services.feedback import attachments, origins, tags, translations
from services.feedback_desk import answering, log, translating
from services.feedback_desk.answering import Wish
from services.feedback_desk.log import Entry
from services.staff_accounts import Permission

router = APIRouter(prefix="/staff/feedback/items", include_in_schema=False)

SAVED = "saved"
"""What the page of a comment may say has just been done."""

LONGEST_RESPONSE = 4000

LongText = Annotated[str, Field(max_length=LONGEST_RESPONSE), MANY_LINES]


class AnswerComment(Message):
    """What is answered to a comment."""

    seen: int = Field(ge=0)
    """The revision of the answer that was shown."""

    disposition: Word = ""
    response_zh: LongText = ""
    response_en: LongText = ""
    assignee: UUID | None = None
    note: LongText = ""


class RedactComment(Message):
    """What is shown in the place of a comment, and why."""

    seen: int = Field(ge=1)
    """The ordinal of the version that was shown."""

    public_text: Annotated[str, Field(max_length=3 * LONGEST_RESPONSE), MANY_LINES] = ""
    redaction_reason: Annotated[str, Field(min_length=1, max_length=200), ONE_LINE]


class JudgeComment(Message):
    """Whether a comment may be shown."""

    passed: bool


@router.get("/{receipt}")
async def show_item(
    receipt: str,
    staff: Reader,
    db: ReadDb,
    template: Annotated[str, Query(max_length=60)] = "",
    done: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """Show one comment and its answer; `template` is a disposition whose words to begin with."""
    entry = await log.entry(db, receipt=receipt)
    terms = await answering.dispositions(db, consultation_id=entry.item.consultation_id)
    values = _typed(entry)
    for term in terms:
        if term.code == template and term.answer:
            values |= {"disposition": term.code}
            values |= {"response_zh": term.answer.zh, "response_en": term.answer.en}
    form = forms.shown(staff.caller, values=values)
    return await _item_page(db, staff, entry=entry, form=form, saved=done == SAVED)


@router.post("/{receipt}")
async def answer_item(receipt: str, staff: Answerer, form: DeskForm, db: Db) -> Response:
    """Save the answer to one comment."""

    async def answer() -> Told:
        wish = form.given().read(AnswerComment)
        await answering.answer(
            db,
            receipt=receipt,
            wish=Wish(
                disposition=wish.disposition or None,
                response=Bilingual(wish.response_zh, wish.response_en),
                assignee_id=wish.assignee,
                note=wish.note or None,
            ),
            seen=wish.seen,
            by=deed(staff),
        )
        return Told(_path(receipt))

    return await answered(form, db, staff=staff, receipt=receipt, deed=answer)


@router.post("/{receipt}/redaction")
async def redact_item(receipt: str, staff: Answerer, form: DeskForm, db: Db) -> Response:
    """Have something else shown in the place of a comment."""

    async def redact() -> Told:
        wish = form.read(RedactComment)
        await answering.redact(
            db,
            receipt=receipt,
            public_text=wish.public_text,
            reason=wish.redaction_reason,
            seen=wish.seen,
            by=deed(staff),
        )
        return Told(_path(receipt))

    return await answered(form, db, staff=staff, receipt=receipt, deed=redact)


@router.post("/{receipt}/redaction/take-back")
async def take_back_redaction(receipt: str, staff: Answerer, form: DeskForm, db: Db) -> Response:
    """Have a comment shown as it was written."""

    async def show() -> Told:
        await answering.show_as_written(db, receipt=receipt, by=deed(staff))
        return Told(_path(receipt))

    return await answered(form, db, staff=staff, receipt=receipt, deed=show)


@router.post("/{receipt}/judgement")
async def judge_item(receipt: str, staff: Answerer, form: DeskForm, db: Db) -> Response:
    """Say whether a comment may be shown."""

    async def judge() -> Told:
        wish = form.read(JudgeComment)
        await answering.judge(db, receipt=receipt, passed=wish.passed, by=deed(staff))
        return Told(_path(receipt))

    return await answered(form, db, staff=staff, receipt=receipt, deed=judge)


@router.get("/{receipt}/attachments/{attachment_id}")
async def fetch_attachment(
    receipt: str, attachment_id: UUID, staff: Answerer, db: ReadDb
) -> Response:
    """Give a file that came with a comment to be saved, also one that waits to be looked at."""
    del staff
    return downloads.saved(await log.file(db, receipt=receipt, attachment_id=attachment_id))


async def answered(
    form: forms.SentForm,
    db: AsyncSession,
    *,
    staff: Staff,
    receipt: str,
    deed: Callable[[], Awaitable[Told]],
) -> Response:
    """Do what a form about one comment asks for; or show the comment again, with what is wrong."""

    async def again(shown: Form) -> Response:
        entry = await log.entry(db, receipt=receipt)
        return await _item_page(db, staff, entry=entry, form=shown)

    return await form.handled(
        db, deed=deed, again=again, leave=lambda told: form.caller.go(told.to, done=SAVED)
    )


async def _item_page(
    db: AsyncSession, staff: Staff, *, entry: Entry, form: Form, saved: bool = False
) -> Response:
    consultation = await answering.round_of(db, item=entry.item)
    return staff.page(
        "feedback_item.html",
        status=form.faults.status,
        form=form,
        saved=saved,
        entry=entry,
        said=answering.text_to_redact(entry.version),
        files=(await attachments.of_items(db, item_ids=[entry.item.id])).get(entry.item.id, []),
        name_of=attachments.name_of,
        versions=await log.versions(db, item=entry.item),
        origin=await _origin(db, staff, entry),
        tags=(await tags.of_items(db, item_ids=[entry.item.id])).get(entry.item.id, []),
        translated=await translating.of_item(db, item=entry.item),
        into=translations.into(entry.version),
        **await around(db, consultation),
    )


async def _origin(db: AsyncSession, staff: Staff, entry: Entry) -> origins.Told | None:
    """Give where an item comes from; who sent it only to those who may know."""
    sealer = staff.caller.parts.sealer
    known = await origins.of_item(db, item=entry.item, sealer=sealer)
    if known is None or staff.may(Permission.ANSWER_FEEDBACK):
        return known
    return replace(known, person=origins.NOBODY)


def _typed(entry: Entry) -> dict[str, str | None]:
    answer = entry.answer
    if answer is None:
        return {}
    response = answer.response or answering.NO_RESPONSE
    return {
        "disposition": answer.disposition,
        "response_zh": response.zh,
        "response_en": response.en,
        "assignee": str(answer.assignee_id) if answer.assignee_id else None,
        "note": answer.note,
    }


def _path(receipt: str) -> str:
    return f"{LOG}/items/{receipt}"
