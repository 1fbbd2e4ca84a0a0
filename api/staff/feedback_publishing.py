"""What leaves the feedback desk: coverage, the log as a file, the answers published."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response, StreamingResponse

from api.dependencies import Db, Now, ReadDb
from api.pages import forms
from api.pages.forms import Form, Told
from api.staff.callers import DeskForm, Permitted, Staff
from api.staff.feedback import Asked, CurrentAsked, Reader, around, deed
from api.staff.rounds import AskedRound, ChosenRound
from miniprogram_contract.messages import Request as Message
from services import consultations
from services.errors import Refusal
from services.exports.streams import MEDIA_TYPES, FileKind
from services.feedback_desk import coverage, exporting, log, publishing
from services.feedback_desk.exporting import Order, Purpose
from services.staff_accounts import Permission

router = APIRouter(prefix="/staff/feedback", include_in_schema=False)

PUBLICATION = "/staff/feedback/publication"

Exporter = Annotated[Staff, Depends(Permitted(Permission.EXPORT_FEEDBACK), scope="function")]
Publisher = Annotated[Staff, Depends(Permitted(Permission.PUBLISH_ANSWERS), scope="function")]


class ExportLog(Message):
    """The log as a file."""

    kind: FileKind
    purpose: Purpose


class PublishAnswers(Message):
    """All answers, for everybody, for good."""

    sure: Literal[True]


@router.get("/coverage")
async def show_coverage(staff: Reader, db: ReadDb, now: Now, chosen_round: AskedRound) -> Response:
    """Show who has said something on what so far."""
    consultation = chosen_round.consultation
    return staff.page(
        "feedback_coverage.html",
        chosen_round=chosen_round,
        coverage=await coverage.coverage(db, consultation_id=consultation.id),
        key=coverage.key,
        round=consultations.standing(consultation, now),
    )


@router.get("/export")
async def show_export(staff: Exporter, asked: CurrentAsked, db: ReadDb) -> Response:
    """Offer the log, as it is filtered, as a file."""
    return await _export_page(db, staff, asked=asked, form=forms.shown(staff.caller))


@router.post("/export")
async def export(
    staff: Exporter, form: DeskForm, asked: CurrentAsked, reading: ReadDb, db: Db
) -> Response:
    """Give the log as a file."""
    consultation = asked.round.consultation
    try:
        form.require_fresh()
        wish = form.read(ExportLog)
        order = Order(
            which=asked.which,
            kind=wish.kind,
            purpose=wish.purpose,
            with_persons=staff.may(Permission.ANSWER_FEEDBACK),
            language=staff.caller.language,
        )
        content = await exporting.export(
            db,
            database=staff.caller.parts.database,
            consultation=consultation,
            order=order,
            by=deed(staff),
        )
    except (Refusal, ValidationError) as error:
        return await _export_page(reading, staff, asked=asked, form=form.refused(error))
    name = f"{consultation.slug}-feedback.{wish.kind.value}"
    return StreamingResponse(
        content,
        media_type=MEDIA_TYPES[wish.kind],
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        },
    )


@router.get("/publication")
async def show_publication(
    staff: Publisher, db: ReadDb, now: Now, chosen_round: AskedRound
) -> Response:
    """Show what publishing the answers would show, and what stands against it."""
    form = forms.shown(staff.caller)
    return await _publication_page(db, staff, chosen_round=chosen_round, form=form, now=now)


@router.post("/publication")
async def publish(
    staff: Publisher, form: DeskForm, db: Db, now: Now, chosen_round: AskedRound
) -> Response:
    """Publish all answers of a round at once."""

    async def deed_done() -> Told:
        form.read(PublishAnswers, checks=("sure",))
        consultation = chosen_round.consultation
        await publishing.publish(db, consultation=consultation, by=deed(staff), now=now)
        return Told(PUBLICATION)

    async def again(shown: Form) -> Response:
        return await _publication_page(db, staff, chosen_round=chosen_round, form=shown, now=now)

    return await form.handled(
        db,
        deed=deed_done,
        again=again,
        leave=lambda told: staff.caller.go(told.to, **chosen_round.query),
    )


async def _publication_page(
    db: AsyncSession, staff: Staff, *, chosen_round: ChosenRound, form: Form, now: datetime
) -> Response:
    consultation = chosen_round.consultation
    return staff.page(
        "feedback_publication.html",
        chosen_round=chosen_round,
        status=form.faults.status,
        form=form,
        ready=await publishing.readiness(db, consultation=consultation, now=now),
        round=consultations.standing(consultation, now),
    )


async def _export_page(db: AsyncSession, staff: Staff, *, asked: Asked, form: Form) -> Response:
    consultation = asked.round.consultation
    return staff.page(
        "feedback_export.html",
        chosen_round=asked.round,
        status=form.faults.status,
        form=form,
        asked=asked,
        total=await log.count(db, consultation_id=consultation.id, which=asked.which),
        kinds=list(FileKind),
        purposes=list(Purpose),
        **await around(db, consultation),
    )
