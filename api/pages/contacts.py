"""Contact pages and their vCards."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response

from api.dependencies import CurrentParts, Now, Public, ReadDb
from api.pages.rendering import View, view
from services import consultations, contact_cards, working_hours
from services.contact_cards import Standing

router = APIRouter(include_in_schema=False, dependencies=[Public])

CurrentView = Annotated[View, Depends(view)]


@router.get("/contacts/{slug}.vcf")
async def vcard(slug: str, db: ReadDb, parts: CurrentParts, view: CurrentView) -> Response:
    """Give the contact for an address book."""
    contact = await contact_cards.contact(db, slug=slug)
    return Response(
        contact_cards.vcard(contact, url=parts.urls.contact(slug), language=view.language),
        media_type="text/vcard; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{slug}.vcf"',
            "Cache-Control": "no-cache",
        },
    )


@router.get("/contacts/{slug}")
async def contact(
    slug: str, db: ReadDb, now: Now, parts: CurrentParts, view: CurrentView
) -> HTMLResponse:
    """Show one contact, each channel as what it is; or who is real in place of one that is over."""
    consultation = await consultations.current(db, now=now)
    hours = await working_hours.of_round(db, consultation_id=consultation.id)
    standing = await contact_cards.standing(db, slug=slug)
    return parts.renderer.page(
        view,
        "contact.html" if standing.contact else "contact_over.html",
        status=_status(standing),
        standing=standing,
        now=now,
        hours=working_hours.standing(hours, now, view.language) if hours else None,
        publisher=await consultations.publisher(db, consultation_id=consultation.id),
    )


def _status(standing: Standing) -> int:
    """Give 410 only where there is nothing to show: some browsers show a page of their own then."""
    return 200 if standing.contact or standing.successor else 410
