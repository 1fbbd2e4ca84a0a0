"""The figures' page: how the consultation goes, as tables and charts; and the same as files."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import Field, ValidationError
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from api.dependencies import Db, Now, ReadDb
from api.pages import forms
from api.pages.forms import Form
from api.staff.callers import DeskForm, Permitted, Staff
from miniprogram_contract.messages import Request as Message
from services import consultations, figures
from services.errors import Refusal
from services.figures import Board, Choice
from services.figures.files import CSV, XLSX
from services.staff_accounts import Permission

router = APIRouter(prefix="/staff/figures", include_in_schema=False)

MEDIA_TYPES = {
    CSV: "text/csv; charset=utf-8",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

Reader = Annotated[Staff, Depends(Permitted(Permission.READ_FIGURES), scope="function")]
Days = Annotated[Choice, Query()]


class TakeFigures(Message):
    """All tables as one workbook, or one of them as CSV."""

    days: Choice
    picture: str = Field(default="", pattern=r"^[a-z]{0,20}$")


@router.get("")
async def show_figures(staff: Reader, db: ReadDb, now: Now, days: Days = Choice.MONTH) -> Response:
    """Show the figures of some days."""
    board = await _board(staff, db, now, days)
    return _page(staff, board, forms.shown(staff.caller))


@router.post("/export")
async def take_figures(
    staff: Reader, form: DeskForm, reading: ReadDb, db: Db, now: Now
) -> Response:
    """Give figures as a file."""
    try:
        form.require_fresh()
        wish = form.read(TakeFigures)
    except (Refusal, ValidationError) as error:
        return _page(staff, await _board(staff, reading, now, Choice.MONTH), form.refused(error))
    board = await _board(staff, reading, now, wish.days)
    await reading.close()
    content = await figures.take(
        db,
        board=board,
        picture=wish.picture or None,
        actor=staff.account.login,
        now=staff.caller.now,
    )
    kind = CSV if wish.picture else XLSX
    name = "-".join(
        ["figures", *([wish.picture] if wish.picture else []), f"{board.span.last:%Y%m%d}"]
    )
    return Response(
        content,
        media_type=MEDIA_TYPES[kind],
        headers={
            "Content-Disposition": f'attachment; filename="{name}{kind}"',
            "Cache-Control": "no-store",
        },
    )


async def _board(staff: Staff, db: AsyncSession, now: Now, days: Choice) -> Board:
    consultation = await consultations.current(db, now=now)
    return await figures.gather(
        db, choice=days, consultation=consultation, language=staff.caller.language, now=now
    )


def _page(staff: Staff, board: Board, form: Form) -> Response:
    return staff.page(
        "figures.html",
        status=form.faults.status,
        form=form,
        board=board,
        choices=list(Choice),
        drawn={one.name: asdict(one.drawing) for one in board.pictures if one.drawing},
    )
