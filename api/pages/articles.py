"""The article page and the texts beside it: how to comment, about ASI, the privacy notice."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse

from api.dependencies import CurrentParts, Now, Public, ReadDb
from api.pages.counted import Counted
from api.pages.rendering import View, view
from services import consultations, contact_cards, documents, webinars
from services.feedback import synopses

router = APIRouter(include_in_schema=False, dependencies=[Public, Counted])

CurrentView = Annotated[View, Depends(view)]


@router.get("/")
async def article(db: ReadDb, now: Now, parts: CurrentParts, view: CurrentView) -> HTMLResponse:
    """Everything of the current round on one page."""
    consultation = await consultations.current(db, now=now)
    page = await consultations.page(db, consultation_id=consultation.id, slug="article")
    found = await webinars.of_round(db, consultation=consultation)
    return parts.renderer.page(
        view,
        "article.html",
        page=page,
        body=parts.renderer.markdown(page.body.text(view.language)),
        round=consultations.standing(consultation, now),
        publisher=await consultations.publisher(db, consultation_id=consultation.id),
        offers=await documents.offers(db, consultation=consultation),
        webinars=[webinars.standing(webinar, now) for webinar in found],
        contacts=await contact_cards.contacts(db),
        answered_at=await synopses.published_at(db, consultation_id=consultation.id),
    )


@router.get("/feedback")
async def feedback(db: ReadDb, now: Now, parts: CurrentParts, view: CurrentView) -> HTMLResponse:
    """How to comment, and what each way is for."""
    consultation = await consultations.current(db, now=now)
    page = await consultations.page(db, consultation_id=consultation.id, slug="feedback")
    return parts.renderer.page(
        view,
        "feedback.html",
        page=page,
        body=parts.renderer.markdown(page.body.text(view.language)),
        round=consultations.standing(consultation, now),
        publisher=await consultations.publisher(db, consultation_id=consultation.id),
        channels=await consultations.feedback_channels(db, consultation_id=consultation.id),
        answered_at=await synopses.published_at(db, consultation_id=consultation.id),
    )


@router.get("/about")
@router.get("/privacy")
async def text(db: ReadDb, now: Now, parts: CurrentParts, view: CurrentView) -> HTMLResponse:
    """Show a text of the round with the publisher's facts filled in."""
    consultation = await consultations.current(db, now=now)
    slug = view.path.removeprefix("/")
    page = await consultations.page(db, consultation_id=consultation.id, slug=slug)
    publisher = await consultations.publisher(db, consultation_id=consultation.id)
    filled = consultations.fill_in(page.body, publisher, language=view.language)
    return parts.renderer.page(
        view,
        "text.html",
        page=page,
        body=parts.renderer.markdown(filled),
        publisher=publisher,
    )
