"""The round's blank form for comments: how to use it, and the file itself."""

from hashlib import sha256
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response

from api.dependencies import CurrentParts, Now, Public, ReadDb
from api.pages.counted import Counted
from api.pages.rendering import View, view
from models import Consultation
from services import consultations
from services.feedback import rounds
from services.feedback_forms import blank

router = APIRouter(include_in_schema=False, dependencies=[Public])


@router.get("/feedback/form", dependencies=[Counted])
async def show(
    db: ReadDb, now: Now, parts: CurrentParts, view: Annotated[View, Depends(view)]
) -> HTMLResponse:
    """Say how the form is filled in and sent, and how to get it from where the reader is."""
    consultation = await consultations.current(db, now=now)
    return parts.renderer.page(
        view,
        "feedback_form.html",
        round=consultations.standing(consultation, now),
        is_open=rounds.is_open(consultation, now),
        channels=await consultations.feedback_channels(db, consultation_id=consultation.id),
        publisher=await consultations.publisher(db, consultation_id=consultation.id),
        address=f"{parts.urls.base}/feedback/form.xlsx",
    )


@router.get("/feedback/form.xlsx")
async def fetch(db: ReadDb, now: Now) -> Response:
    """Give the blank form while the round takes feedback."""
    consultation = await consultations.current(db, now=now)
    rounds.require_open(consultation, now)
    return saved(await blank.form(db, consultation=consultation), consultation)


def saved(content: bytes, consultation: Consultation) -> Response:
    """Give a form to be saved; its ETag lets the edge answer whoever has it already."""
    name = quote(blank.name(consultation))
    return Response(
        content,
        media_type=blank.CONTENT_TYPE,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-cache",
            "ETag": f'"{sha256(content).hexdigest()}"',
        },
    )
