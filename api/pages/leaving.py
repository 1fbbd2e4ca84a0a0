"""Taking along, or taking away, all that is kept about whoever uses one browser."""

import json
from dataclasses import replace

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from api.dependencies import Db, Now, ReadDb
from api.pages import forms
from api.pages.browsers import Browser
from api.pages.callers import Caller, CurrentCaller, KnownReader
from api.pages.forms import Form, Sent, Told
from services import consultations, privacy, visitors
from services.registrations import ContactSafe

router = APIRouter(include_in_schema=False)


@router.get("/mine/export")
async def export(caller: CurrentCaller, reader: KnownReader, now: Now, db: ReadDb) -> Response:
    """Give all that is kept about the reader, as a file."""
    safe = ContactSafe(caller.parts.sealer, caller.parts.blind_index)
    found = await privacy.export(db, visitor_id=reader.id, safe=safe)
    content = json.dumps({"exported_at": now.isoformat()} | found, ensure_ascii=False, indent=1)
    return Response(
        content,
        media_type="application/json",
        headers={
            "Content-Disposition": 'attachment; filename="asi-my-data.json"',
            "Cache-Control": "no-store",
        },
    )


@router.get("/mine/erase")
async def show_erase(
    caller: CurrentCaller, reader: KnownReader, now: Now, db: ReadDb
) -> HTMLResponse:
    """Ask whether it is really all to go."""
    del reader
    return await _page(db, caller=caller, form=forms.shown(caller), now=now)


@router.post("/mine/erase")
async def erase(form: Sent, reader: KnownReader, now: Now, db: Db) -> Response:
    """Erase the reader; the browser is nobody's afterwards."""
    caller = form.caller

    async def leave_for_good() -> Told:
        await privacy.erase(db, visitor_id=reader.id, now=now)
        return Told("/mine")

    async def again(shown: Form) -> Response:
        return await _page(db, caller=caller, form=shown, now=now)

    stranger = replace(caller, browser=Browser(visitors.make_token()))
    return await form.handled(
        db, deed=leave_for_good, again=again, leave=lambda told: stranger.go(told.to)
    )


async def _page(db: ReadDb, *, caller: Caller, form: Form, now: Now) -> HTMLResponse:
    consultation = await consultations.current(db, now=now)
    publisher = await consultations.publisher(db, consultation_id=consultation.id)
    return caller.page("erase.html", status=form.faults.status, form=form, publisher=publisher)
