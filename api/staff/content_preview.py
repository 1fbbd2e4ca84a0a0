"""Seeing beforehand: staff choose a moment, and see pages and answers as they are then."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Header, Query
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from api import problems
from api.dependencies import Now, ReadDb
from api.reply_links import InReplies
from api.staff import previews
from api.staff.callers import ReadsContent, Staff
from api.staff.previews import Marks, Preview
from api.staff.webinar_settings import BEIJING, Time
from api.urls import Urls
from models import Bilingual
from services import consultations, contact_cards, documents, texts, webinars
from services.consultations import ConsultationNotFound
from services.content_desk import moments
from services.errors import Refusal
from services.texts import dates

router = APIRouter(prefix="/staff/content/preview", include_in_schema=False)

PREVIEW = "/staff/content/preview"
PAGE = f"{PREVIEW}/page"

Moment = Time
"""Date and minute on Beijing's clock; seconds may follow."""


@dataclass(frozen=True)
class Looked:
    """A page that can be looked at: by the round's own words, or by a name of ours."""

    path: str
    title: Bilingual | None = None
    name: str = ""


@router.get("")
async def choose(staff: ReadsContent, db: ReadDb, now: Now, at: Moment = None) -> Response:
    """Let a moment be chosen; show which pages there are, and what the account answers then."""
    chosen = at or now.astimezone(BEIJING).replace(second=0, microsecond=0)
    parts = staff.caller.parts
    link = InReplies(Urls(parts.settings.public_url), parts.blind_index)
    return staff.page(
        "content_preview.html",
        at=chosen,
        typed=_typed(chosen),
        when=_words(staff, chosen),
        moments=await moments.moments(db),
        typed_as=_typed,
        words_of=lambda instant: _words(staff, instant),
        pages=await _pages(db, now=chosen),
        answers=await moments.answers(db, now=chosen, link=link),
        inside=lambda path: _inside(staff, chosen, path),
    )


@router.get("/page")
async def show_page(
    staff: ReadsContent,
    db: ReadDb,
    at: Moment,
    page: Annotated[str, Query(max_length=2000, pattern=r"^/([^/].*)?$")],
    user_agent: Annotated[str, Header()] = "",
) -> Response:
    """Show one page as it is at a moment, marked as such."""
    chosen = at or staff.caller.now.astimezone(BEIJING)
    preview = Preview(
        at=chosen, page=page, parts=staff.caller.parts, db=db, agent=user_agent.encode("latin-1")
    )
    try:
        return await previews.given(preview, _marks(staff, chosen))
    except Refusal as refusal:
        return staff.page(
            "content_preview_refused.html",
            status=problems.status_of(refusal),
            when=_words(staff, chosen),
            typed=_typed(chosen),
            sentence=refusal.sentence(staff.caller.language),
        )


def _marks(staff: Staff, at: datetime) -> Marks:
    caller, when = staff.caller, _words(staff, at)
    renderer = caller.parts.renderer
    banner = renderer.page(
        caller.view, "staff/content_preview_banner.html", when=when, typed=_typed(at)
    )
    return Marks(
        title=texts.say("pages.desk.content.preview.mark", caller.language),
        banner=bytes(banner.body).decode(),
        stylesheet=renderer.asset("preview.css"),
        inside=lambda path: _inside(staff, at, path),
    )


def _inside(staff: Staff, at: datetime, path: str) -> str:
    query: Mapping[str, str] = {"at": _typed(at), "page": path}
    return staff.caller.view.link(PAGE, more=query)


def _typed(at: datetime) -> str:
    """Write an instant as fields and addresses take it."""
    local = at.astimezone(BEIJING)
    return f"{local:%Y-%m-%dT%H:%M:%S}" if local.second else f"{local:%Y-%m-%dT%H:%M}"


def _words(staff: Staff, at: datetime) -> str:
    """Write an instant as the banner says it."""
    return dates.written("dates.in_a_chat", at.astimezone(BEIJING), staff.caller.language)


async def _pages(db: AsyncSession, *, now: datetime) -> list[Looked]:
    """Give the pages that there are at a moment; none before a round is announced."""
    try:
        current = await consultations.current(db, now=now)
    except ConsultationNotFound:
        return []
    offers = await documents.offers(db, consultation=current)
    sessions = await webinars.of_round(db, consultation=current)
    cards = await contact_cards.contacts(db)
    return [
        Looked("/", name="article"),
        Looked("/feedback", name="feedback"),
        Looked("/feedback/new", name="feedback_form"),
        Looked(f"/synopsis/{current.slug}", name="synopsis"),
        *(Looked(f"/documents/{one.document.slug}", one.document.title) for one in offers),
        *(Looked(f"/webinars/{one.slug}", one.title) for one in sessions),
        *(Looked(f"/contacts/{one.card.slug}", one.card.name) for one in cards),
        Looked("/about", name="about"),
        Looked("/privacy", name="privacy"),
    ]
