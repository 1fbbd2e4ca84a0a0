"""Attending: what somebody with a registration takes along, each its visitor's own."""

from typing import Literal
from uuid import UUID

from fastapi import APIRouter
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from api.dependencies import CurrentParts, Db
from api.miniprogram.registrations import Ask, Who
from api.problems import refusals
from miniprogram_contract import registrations as contract
from services import qr_codes, registrations, visitors
from services.registrations import calendar, check_in, joining

router = APIRouter(tags=["registrations"], prefix="/me/registrations/{registration_id}")

DRAWN = {"png": (qr_codes.png, "image/png"), "svg": (qr_codes.svg, "image/svg+xml")}
PRIVATE = {"Cache-Control": "no-store"}


@router.get(
    "/calendar.ics",
    response_class=Response,
    responses=refusals(visitors.LoginRequired, registrations.RegistrationNotFound),
)
async def show_invitation(
    registration_id: UUID, ask: Ask, who: Who, parts: CurrentParts, db: Db
) -> Response:
    """Give a registration for a calendar, which takes later ones for changes of it."""
    standing = await registrations.own(db, registration_id=registration_id, who=who)
    content = await calendar.invitation(
        db,
        standing=standing,
        url=parts.urls.webinar(standing.webinar.slug),
        language=ask.lang,
        now=who.now,
    )
    method = calendar.method(standing.registration).value
    disposition = f'attachment; filename="{standing.webinar.slug}.ics"'
    return Response(
        content,
        media_type=f"text/calendar; charset=utf-8; method={method}",
        headers=PRIVATE | {"Content-Disposition": disposition},
    )


@router.get(
    "/check-in.{kind}",
    response_class=Response,
    responses=refusals(
        visitors.LoginRequired, registrations.RegistrationNotFound, registrations.SeatMissing
    ),
)
async def show_check_in_code(
    registration_id: UUID, kind: Literal["svg", "png"], who: Who, parts: CurrentParts, db: Db
) -> Response:
    """Give the QR code for the door to somebody with a seat; it has been decoded before."""
    standing = await registrations.own(db, registration_id=registration_id, who=who)
    text = check_in.ticket(standing.registration, index=parts.blind_index)
    draw, media_type = DRAWN[kind]
    return Response(await run_in_threadpool(draw, text), media_type=media_type, headers=PRIVATE)


@router.get(
    "/join-link",
    responses=refusals(
        visitors.LoginRequired,
        registrations.RegistrationNotFound,
        registrations.SeatMissing,
        registrations.JoinLinkMissing,
        registrations.JoinLinkTooEarly,
    ),
)
async def show_join_link(
    registration_id: UUID, who: Who, parts: CurrentParts, db: Db, answer: Response
) -> contract.JoinLink:
    """Give the meeting's address to somebody with a seat, from `join_from` until the end."""
    standing = await registrations.own(db, registration_id=registration_id, who=who)
    url = joining.link(standing.registration, standing.webinar, sealer=parts.sealer, now=who.now)
    answer.headers.update(PRIVATE)
    return contract.JoinLink(url=url)
