"""The synopsis: what was said in a round and what was answered, once it is published."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from fastapi.responses import HTMLResponse
from sqlalchemy.ext.asyncio import AsyncSession

from api.dependencies import CurrentParts, Now, Public, ReadDb
from api.pages.counted import Counted
from api.pages.rendering import View, view
from models import Consultation
from models.vocabulary import TermSet
from services import consultations
from services.feedback import synopses

router = APIRouter(include_in_schema=False, dependencies=[Public, Counted])

CurrentView = Annotated[View, Depends(view)]


@router.get("/synopsis")
async def latest(db: ReadDb, now: Now, parts: CurrentParts, view: CurrentView) -> HTMLResponse:
    """Show the synopsis of the round that was published last."""
    consultation = await synopses.latest(db, now=now)
    return await _overview_page(db, parts, view=view, consultation=consultation)


@router.get("/synopsis/{slug}")
async def of_round(
    slug: str, db: ReadDb, now: Now, parts: CurrentParts, view: CurrentView
) -> HTMLResponse:
    """Show the synopsis of one round."""
    consultation = await consultations.by_slug(db, slug=slug, now=now)
    return await _overview_page(db, parts, view=view, consultation=consultation)


@router.get("/synopsis/{slug}/{standard}/{version}/{section}")
async def of_section(
    slug: str,
    standard: str,
    version: str,
    section: str,
    db: ReadDb,
    now: Now,
    parts: CurrentParts,
    view: CurrentView,
    after: Annotated[str, Query(max_length=40)] = "",
) -> HTMLResponse:
    """Show the comments on one section, as far as their senders agreed, and the answers."""
    consultation = await consultations.by_slug(db, slug=slug, now=now)
    part = await synopses.of_section(
        db, consultation=consultation, section=(standard, version, section), after=after
    )
    return parts.renderer.page(
        view,
        "synopsis_section.html",
        part=part,
        at=(standard, version, section),
        **await _around(db, consultation),
    )


async def _overview_page(
    db: AsyncSession, parts: CurrentParts, *, view: View, consultation: Consultation
) -> HTMLResponse:
    overview = await synopses.overview(db, consultation=consultation)
    return parts.renderer.page(
        view, "synopsis.html", overview=overview, **await _around(db, consultation)
    )


async def _around(db: AsyncSession, consultation: Consultation) -> dict[str, Any]:
    vocabulary = await consultations.vocabulary(db, consultation_id=consultation.id)
    labels = {(term.term_set, term.code): term.label for term in vocabulary.terms}
    return {
        "consultation": consultation,
        "publisher": await consultations.publisher(db, consultation_id=consultation.id),
        "sections": vocabulary.sections,
        "order": [(one.standard, one.version, one.code) for one in vocabulary.sections],
        "groups": {
            code: label for (of, code), label in labels.items() if of is TermSet.STAKEHOLDER
        },
        "dispositions": {
            code: label for (of, code), label in labels.items() if of is TermSet.DISPOSITION
        },
    }
