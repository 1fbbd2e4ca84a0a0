"""Posters and share images by their names, for pages and for the mini-program to save."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from api.conditional import ConditionalRoute
from api.dependencies import CurrentParts, Now, Public
from api.problems import refusals
from miniprogram_contract.messages import Request
from models.vocabulary import Language
from services import consultations, posters, typesetting, webinars

router = APIRouter(tags=["posters"], route_class=ConditionalRoute, dependencies=[Public])


class PosterLanguage(Request):
    """In which language a poster speaks."""

    lang: Language = Language.ZH


REFUSALS = refusals(
    posters.PosterNotFound,
    posters.PosterLinkDead,
    posters.PosterUnreadable,
    consultations.ConsultationNotFound,
    webinars.WebinarNotFound,
    webinars.WebinarWithdrawn,
    typesetting.TemplateUnfit,
    typesetting.PageOverfull,
    typesetting.FontMissing,
)


@router.get("/posters/{slug}.{kind}", response_class=Response, responses=REFUSALS)
async def show_poster(
    slug: str,
    kind: Literal["png", "pdf"],
    asked: Annotated[PosterLanguage, Query()],
    now: Now,
    parts: CurrentParts,
) -> Response:
    """Give the share image (PNG, 900 pixels wide) or the poster on A4 (PDF)."""
    folder = parts.settings.content
    pack = await run_in_threadpool(posters.pack_in, folder, slug)
    # Closed before the wait for one's turn: those who wait must not hold a connection each.
    async with parts.database.snapshot() as db:
        composition = await posters.compose(
            db, pack=pack, slug=slug, language=asked.lang, address=parts.urls.short, now=now
        )
    made = {"png": _share_image, "pdf": _sheet}[kind]
    # The same bytes all day: they are compared by their ETag.
    today = webinars.in_beijing(now).replace(hour=0, minute=0, second=0, microsecond=0)
    async with parts.typesetter:
        content = await run_in_threadpool(made, composition, folder, today)
    return Response(content, media_type={"png": "image/png", "pdf": "application/pdf"}[kind])


def _share_image(composition: posters.Composition, folder: Path, made_at: datetime) -> bytes:
    return posters.share_image(composition, folder=folder, made_at=made_at)


def _sheet(composition: posters.Composition, folder: Path, made_at: datetime) -> bytes:
    return posters.sheet(composition, folder=folder, paper=posters.Paper.A4, made_at=made_at)
