"""What was said, as a file."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import ValidationError
from starlette.responses import Response, StreamingResponse

from api.dependencies import Db
from api.pages import forms
from api.pages.forms import Form
from api.staff.callers import DeskForm, Permitted, Staff
from api.staff.webinar_settings import Day
from miniprogram_contract.messages import Request as Message
from services import audit
from services.errors import Refusal
from services.exports import messages
from services.exports.messages import Order, Purpose
from services.exports.streams import MEDIA_TYPES, FileKind
from services.inbox import masking
from services.staff_accounts import Permission

router = APIRouter(prefix="/staff/messages", include_in_schema=False)

Exporter = Annotated[Staff, Depends(Permitted(Permission.EXPORT_MESSAGES), scope="function")]


class Days(Message):
    """Which days are asked for; an empty one is no limit."""

    since: Day | None = None
    until: Day | None = None


class ExportMessages(Days):
    """Messages as a file."""

    kind: FileKind
    purpose: Purpose


@router.get("/export")
async def show_export(
    staff: Exporter,
    since: Annotated[str, Query(max_length=10)] = "",
    until: Annotated[str, Query(max_length=10)] = "",
) -> Response:
    """Say how many messages there are, and offer them as a file."""
    return await _page(staff, form=forms.shown(staff.caller, values=_given(since, until)))


@router.post("/export")
async def export(staff: Exporter, form: DeskForm, db: Db) -> Response:
    """Give messages as a file, and write down that they are given."""
    try:
        form.require_fresh()
        wish = form.given().read(ExportMessages)
    except (Refusal, ValidationError) as error:
        return await _page(staff, form=form.refused(error))
    order = Order(
        since=wish.since,
        until=wish.until,
        kind=wish.kind,
        purpose=wish.purpose,
        with_persons=staff.may(Permission.ANSWER_MESSAGES),
        language=staff.caller.language,
        masked=masking.masked,
    )
    database = staff.caller.parts.database
    number = await messages.count(database, since=wish.since, until=wish.until)
    content = await messages.file(database, order=order)
    details = {
        "kind": wish.kind.value,
        "purpose": wish.purpose.value,
        "rows": number,
        "since": str(wish.since or "-"),
        "until": str(wish.until or "-"),
    }
    await audit.record(
        db,
        actor=staff.account.login,
        act="messages.exported",
        subject="messages",
        now=staff.caller.now,
        details=details,
    )
    return StreamingResponse(
        content,
        media_type=MEDIA_TYPES[wish.kind],
        headers={
            "Content-Disposition": f'attachment; filename="messages.{wish.kind.value}"',
            "Cache-Control": "no-store",
        },
    )


async def _page(staff: Staff, *, form: Form) -> Response:
    try:
        asked = Days.model_validate(
            _given(form.values.get("since", ""), form.values.get("until", ""))
        )
    except ValidationError:
        asked = Days()
    database = staff.caller.parts.database
    return staff.page(
        "message_export.html",
        status=form.faults.status,
        form=form,
        total=await messages.count(database, since=asked.since, until=asked.until),
        purposes=list(Purpose),
    )


def _given(since: str, until: str) -> dict[str, str]:
    return {name: day for name, day in (("since", since), ("until", until)) if day}
