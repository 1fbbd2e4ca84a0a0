"""Forms at the desk: the blank one, filled-in ones read, shown, and entered when confirmed."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from hashlib import sha256
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import Field, ValidationError
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.datastructures import UploadFile
from starlette.responses import Response

from api.dependencies import Db, Now, ReadDb
from api.pages import feedback_form, forms
from api.pages.faults import Faults
from api.pages.forms import Form, SentForm, Told
from api.staff.callers import DeskCaller, DeskForm, Staff
from api.staff.feedback import LOG, Answerer, deed
from api.staff.feedback_entry import content_of, entered_page, section_of, told
from api.staff.rounds import AskedRound, ChosenRound
from miniprogram_contract import feedback as contract
from miniprogram_contract.fields import ONE_LINE, Email
from miniprogram_contract.messages import Request as Message
from services import consultations
from services.errors import Refusal
from services.feedback import entering
from services.feedback.origins import Person
from services.feedback_forms import blank, columns, importing, reading, workbooks
from services.feedback_forms.columns import CONSENTS
from services.feedback_forms.importing import Row, Safe
from services.feedback_forms.reading import Fault, Said

router = APIRouter(prefix=LOG, include_in_schema=False)

IMPORT_PATH = f"{LOG}/import"

MOST_FAULTS = 100
"""Faults shown at once."""


class FormRow(contract.SubmitFeedback):
    """One row of a form, under the rules of the public form."""

    name: Annotated[str, Field(max_length=200), ONE_LINE] = ""
    email: Email | None = None


class ConfirmImport(Message):
    """What was read is to be entered."""

    received_on: date


@dataclass(frozen=True)
class FileForm:
    """A form with a file in it."""

    form: SentForm
    content: bytes = field(repr=False)


async def uploaded(request: Request, caller: DeskCaller) -> FileForm:
    """Give the form and the file that were sent, if a page of ours sent them.

    Raises:
        FormFromElsewhere
    """
    # The request keeps what was read of it: the form is parsed once, here, with its one file.
    typed = await request.form(max_files=1, max_fields=8)
    file = typed.get("file")
    content = await file.read(workbooks.LARGEST_FILE + 1) if isinstance(file, UploadFile) else b""
    form = await forms.taken(request, caller)
    # Sent again with another file it is another form.
    return FileForm(replace(form, values={"file_sha256": sha256(content).hexdigest()}), content)


Uploaded = Annotated[FileForm, Depends(uploaded)]


@router.get("/form.xlsx")
async def fetch_form(staff: Answerer, db: ReadDb, chosen_round: AskedRound) -> Response:
    """Give the blank form of a round, whatever its state."""
    del staff
    consultation = chosen_round.consultation
    return feedback_form.saved(await blank.form(db, consultation=consultation), consultation)


@router.get("/import")
async def show_import(staff: Answerer, chosen_round: AskedRound) -> Response:
    """Ask for a filled-in form."""
    return _page(staff, chosen_round, form=forms.shown(staff.caller))


@router.post("/import")
async def read_form(
    staff: Answerer, sent: Uploaded, reader: ReadDb, db: Db, chosen_round: AskedRound
) -> Response:
    """Read a filled-in form: tell what is wrong with it, or show what it would enter."""
    form, consultation = sent.form, chosen_round.consultation
    try:
        form.require_fresh()
        offered = await columns.choices(reader, consultation=consultation)
        # Neither while the form is read nor beside the connection that writes is this one held.
        await reader.close()
        expected = reading.Form(consultation.slug, offered, staff.caller.language)
        rows, faults = await _read(sent.content, expected)
    except Refusal as refusal:
        return _page(staff, chosen_round, form=form.refused(refusal))
    if faults:
        return _page(staff, chosen_round, form=forms.shown(staff.caller), faults=faults)

    async def keep() -> Told:
        kept = await importing.keep(
            db, rows=rows, consultation=consultation, by=deed(staff), safe=_safe(staff)
        )
        return Told(f"{IMPORT_PATH}/{kept.id}")

    async def again(shown: Form) -> Response:
        return _page(staff, chosen_round, form=shown)

    return await form.handled(
        db,
        deed=keep,
        again=again,
        leave=lambda kept: staff.caller.go(kept.to, **chosen_round.query),
    )


@router.get("/import/{import_id}")
async def show_read(
    import_id: UUID, staff: Answerer, db: ReadDb, now: Now, chosen_round: AskedRound
) -> Response:
    """Show what would be entered."""
    preview = _Preview(import_id, staff, chosen_round, now)
    return await _preview_page(preview, db, form=forms.shown(staff.caller))


@router.post("/import/{import_id}")
async def confirm(
    import_id: UUID,
    staff: Answerer,
    form: DeskForm,
    db: Db,
    now: Now,
    chosen_round: AskedRound,
) -> Response:
    """Enter what was read; show the receipts and their code, to be handed on."""

    async def enter() -> Told:
        wish = form.given().read(ConfirmImport)
        done = await importing.confirm(
            db,
            import_id=import_id,
            received_on=wish.received_on,
            safe=_safe(staff),
            by=deed(staff),
            now=now,
        )
        return told(IMPORT_PATH, done)

    async def again(shown: Form) -> Response:
        preview = _Preview(import_id, staff, chosen_round, now)
        return await _preview_page(preview, db, form=shown)

    return await form.handled(
        db,
        deed=enter,
        again=again,
        leave=lambda done: entered_page(staff, done, chosen_round.query),
    )


async def _read(content: bytes, expected: reading.Form) -> tuple[list[Row], list[Fault]]:
    # A large workbook takes some tenths of a second of a processor: others are served meanwhile.
    filled = await run_in_threadpool(reading.read, content, form=expected)
    rows, faults = [], list(filled.faults)
    for said in filled.rows:
        found = _row(said, expected)
        if isinstance(found, Row):
            rows.append(found)
        else:
            faults += found
    # One for each cell, the first that was found: what is said of the sender holds for many rows.
    once: dict[tuple[int, str], Fault] = {}
    for fault in faults:
        once.setdefault((fault.row, fault.column), fault)
    return rows, sorted(once.values(), key=lambda fault: fault.row)


def _row(said: Said, expected: reading.Form) -> Row | list[Fault]:
    values: dict[str, Any] = {name: value for name, value in said.values.items() if value}
    values |= {name: values.get(name) == "yes" for name in CONSENTS} | section_of(said.values)
    try:
        wish = FormRow.model_validate({k: v for k, v in values.items() if v is not None})
    except ValidationError as error:
        wrong = Faults.of(error, expected.language).fields
        return [
            _fault(said, name, sentence=sentence, expected=expected)
            for name, sentence in wrong.items()
        ]
    faults = _missing(said, wish, expected)
    person = Person(name=wish.name, contact=wish.email or "")
    return faults or Row(said.row, content_of(wish), person)


def _missing(said: Said, wish: FormRow, expected: reading.Form) -> list[Fault]:
    wrong = {
        "may_contact": "no_email" if wish.may_contact and not wish.email else "",
        "may_publish_name": (
            "no_organisation" if wish.may_publish_name and not wish.organisation else ""
        ),
    }
    return [
        expected.fault(said.row_of(column), column, wrong=what)
        for column, what in wrong.items()
        if what
    ]


def _fault(said: Said, name: str, *, sentence: str, expected: reading.Form) -> Fault:
    column = {"contact": "email"}.get(name, name)
    return Fault(said.row_of(column), columns.label(column, expected.language), sentence)


def _page(
    staff: Staff, chosen_round: ChosenRound, *, form: Form, faults: list[Fault] | None = None
) -> Response:
    return staff.page(
        "feedback_import.html",
        chosen_round=chosen_round,
        status=422 if faults else form.faults.status,
        form=form,
        found=(faults or [])[:MOST_FAULTS],
        total=len(faults or []),
        most_rows=columns.MOST_ROWS,
    )


@dataclass(frozen=True)
class _Preview:
    """What was read of a form, and who looks at it."""

    import_id: UUID
    staff: Staff
    round: ChosenRound
    """Where links lead; into which round it is entered was said when it was read."""

    now: datetime


async def _preview_page(preview: _Preview, db: AsyncSession, *, form: Form) -> Response:
    staff = preview.staff
    consultation, seen = await importing.preview(
        db, import_id=preview.import_id, safe=_safe(staff), now=staff.caller.now
    )
    return staff.page(
        "feedback_import_preview.html",
        status=form.faults.status,
        form=form,
        seen=seen,
        new=sum(one.is_new for one in seen),
        sections=(await consultations.vocabulary(db, consultation_id=consultation.id)).sections,
        last_day=entering.last_day(consultation, now=preview.now),
        title=consultation.title,
        query=preview.round.query,
        path=f"{IMPORT_PATH}/{preview.import_id}",
    )


def _safe(staff: Staff) -> Safe:
    parts = staff.caller.parts
    return Safe(parts.sealer, parts.blind_index)
