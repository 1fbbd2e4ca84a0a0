"""What a registered reader takes along: the entry for a calendar, the code for the door."""

from uuid import UUID

from fastapi import APIRouter
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from api.dependencies import ReadDb
from api.pages.callers import CurrentCaller
from api.pages.registering import Who
from services import qr_codes, registrations
from services.registrations import calendar, check_in

router = APIRouter(include_in_schema=False, prefix="/registrations")

PRIVATE = {"Cache-Control": "no-store"}


@router.get("/{registration_id}.ics")
async def invitation(
    registration_id: UUID, who: Who, caller: CurrentCaller, db: ReadDb
) -> Response:
    """Give one's own entry for a calendar; after cancelling, one that takes it away."""
    standing = await registrations.own(db, registration_id=registration_id, who=who)
    content = await calendar.invitation(
        db,
        standing=standing,
        url=caller.parts.urls.webinar(standing.webinar.slug),
        language=caller.language,
        now=who.now,
    )
    method = calendar.method(standing.registration).value
    disposition = f'attachment; filename="{standing.webinar.slug}.ics"'
    return Response(
        content,
        media_type=f"text/calendar; charset=utf-8; method={method}",
        headers=PRIVATE | {"Content-Disposition": disposition},
    )


@router.get("/{registration_id}/check-in.png")
async def check_in_code(
    registration_id: UUID, who: Who, caller: CurrentCaller, db: ReadDb
) -> Response:
    """Give the code for the door to somebody with a seat; it has been decoded before."""
    standing = await registrations.own(db, registration_id=registration_id, who=who)
    text = check_in.ticket(standing.registration, index=caller.parts.blind_index)
    picture = await run_in_threadpool(qr_codes.png, text)
    return Response(picture, media_type="image/png", headers=PRIVATE)
