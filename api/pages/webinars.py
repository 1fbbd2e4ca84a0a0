"""Webinar pages and their calendar files."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response

from api.dependencies import CurrentParts, Now, Public, ReadDb
from api.pages.counted import Counted
from api.pages.rendering import View, view
from services import consultations, webinars

router = APIRouter(include_in_schema=False, dependencies=[Public])

CurrentView = Annotated[View, Depends(view)]


@router.get("/webinars/{slug}.ics")
async def calendar(
    slug: str, db: ReadDb, now: Now, parts: CurrentParts, view: CurrentView
) -> Response:
    """Give the webinar for a calendar."""
    webinar = await webinars.by_slug(db, slug=slug)
    content = webinars.calendar(
        webinar, url=parts.urls.webinar(slug), language=view.language, now=now
    )
    return Response(
        content,
        media_type="text/calendar; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{slug}.ics"',
            "Cache-Control": "no-cache",
        },
    )


@router.get("/webinars/{slug}", dependencies=[Counted])
async def webinar(
    slug: str, db: ReadDb, now: Now, parts: CurrentParts, view: CurrentView
) -> HTMLResponse:
    """Show one webinar with its time on every clock that matters."""
    found = await webinars.by_slug(db, slug=slug)
    return parts.renderer.page(
        view,
        "webinar.html",
        standing=webinars.standing(found, now),
        publisher=await consultations.publisher(db, consultation_id=found.consultation_id),
    )
