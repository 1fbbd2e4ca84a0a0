"""The audit log: who of us did what, and the log as a file that can be checked."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from api.dependencies import Db, ReadDb
from api.pages import forms
from api.pages.forms import Form
from api.staff.callers import Auditor, DeskForm, Staff
from api.staff.webinar_settings import Day
from miniprogram_contract.messages import Request as Message
from models.vocabulary import Language
from services import audit, audit_files, texts
from services.audit_files import FileKind, Order
from services.errors import Refusal
from services.visits import beijing_day

router = APIRouter(prefix="/staff/audit", include_in_schema=False)

ENTRIES = 50

MEDIA_TYPES = {
    FileKind.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    FileKind.CSV: "text/csv; charset=utf-8",
    FileKind.JSON: "application/json",
}


class TakeLog(Message):
    """The log of some days as a file."""

    first: Day
    last: Day
    kind: FileKind


@router.get("")
async def show_audit(
    staff: Auditor, db: ReadDb, before: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None
) -> Response:
    """Show what was done, the newest first."""
    return await _page(staff, db, forms.shown(staff.caller), before=before)


@router.post("/export")
async def take_log(staff: Auditor, form: DeskForm, reading: ReadDb, db: Db) -> Response:
    """Give the log of some days as a file."""
    try:
        form.require_fresh()
        wish = form.read(TakeLog)
        order = Order(
            first=wish.first, last=wish.last, kind=wish.kind, language=staff.caller.language
        )
        content = await audit_files.take(
            db, reading=reading, order=order, actor=staff.account.login, now=staff.caller.now
        )
    except (Refusal, ValidationError) as error:
        return await _page(staff, reading, form.refused(error))
    name = f"audit-{wish.first:%Y%m%d}-{wish.last:%Y%m%d}.{wish.kind.value}"
    return Response(
        content,
        media_type=MEDIA_TYPES[wish.kind],
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        },
    )


async def _page(
    staff: Staff, db: AsyncSession, form: Form, *, before: int | None = None
) -> Response:
    entries = await audit.entries(db, most=ENTRIES, before=before)
    return staff.page(
        "audit.html",
        status=form.faults.status,
        form=form,
        entries=entries,
        act=partial(_act, language=staff.caller.language),
        more=len(entries) == ENTRIES,
        today=beijing_day(staff.caller.now),
        kinds=list(FileKind),
    )


def _act(word: str, *, language: Language) -> str:
    """Say what was done; a word without a sentence stands for itself."""
    key = f"pages.desk.acts.{word}"
    return texts.say(key, language) if texts.known(key) else word
