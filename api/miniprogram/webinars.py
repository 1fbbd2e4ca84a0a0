"""Webinars."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query

from api.conditional import ConditionalRoute
from api.dependencies import CurrentParts, Now, ReadDb
from api.problems import refusals
from api.urls import Urls
from miniprogram_contract import webinars as contract
from miniprogram_contract.consultations import AskInLanguage
from miniprogram_contract.messages import Page
from models import Webinar
from models.vocabulary import Language
from services import consultations, webinars
from services.texts import dates

router = APIRouter(tags=["webinars"], route_class=ConditionalRoute)

Ask = Annotated[AskInLanguage, Query()]


@router.get(
    "/webinars",
    response_model=Page[contract.Webinar],
    responses=refusals(consultations.ConsultationNotFound),
)
async def list_webinars(
    ask: Ask, db: ReadDb, now: Now, parts: CurrentParts
) -> Page[contract.Webinar]:
    """List the webinars of the current round, earliest first."""
    consultation = await consultations.current(db, now=now)
    found = await webinars.of_round(db, consultation=consultation)
    items = [_webinar(webinar, parts.urls, ask.lang, now) for webinar in found]
    return Page(items=items, next=None)


@router.get(
    "/webinars/{slug}",
    responses=refusals(webinars.WebinarNotFound, webinars.WebinarWithdrawn),
)
async def show_webinar(
    slug: str, ask: Ask, db: ReadDb, now: Now, parts: CurrentParts
) -> contract.Webinar:
    """Show one webinar of any round."""
    return _webinar(await webinars.by_slug(db, slug=slug), parts.urls, ask.lang, now)


def _webinar(webinar: Webinar, urls: Urls, language: Language, now: datetime) -> contract.Webinar:
    left = webinars.materials(webinar, now)
    return contract.Webinar(
        slug=webinar.slug,
        title=webinar.title.text(language),
        audience=webinar.audience.text(language),
        description=webinar.description.text(language) if webinar.description else None,
        language=webinar.language,
        state=webinars.state(webinar, now),
        starts_at=webinar.starts_at,
        minutes=webinar.minutes,
        seats=webinar.seats,
        local_times=[
            contract.LocalTime(
                time_zone=str(local.tzinfo),
                starts_at=local,
                text=dates.moment(local, language),
            )
            for local in webinars.local_times(webinar)
        ],
        registration_url=webinar.registration_url,
        registered_here=webinar.registered_here,
        needs_approval=webinar.needs_approval,
        registration=webinars.registration_phase(webinar, now),
        registration_opens_at=webinar.registration_opens_at,
        registration_closes_at=webinars.registration_closes_at(webinar),
        replay_url=left.replay_url,
        slides_url=left.slides_url,
        notes_url=left.notes_url,
        page_url=urls.webinar(webinar.slug),
        calendar_url=urls.calendar(webinar.slug),
        phone_calendar=phone_calendar(webinar, urls, language),
    )


def phone_calendar(webinar: Webinar, urls: Urls, language: Language) -> contract.PhoneCalendar:
    """Give what a phone's calendar takes."""
    length = timedelta(minutes=webinar.minutes) if webinar.minutes else None
    return contract.PhoneCalendar(
        title=webinar.title.text(language),
        start_time=int(webinar.starts_at.timestamp()),
        end_time=int((webinar.starts_at + length).timestamp()) if length else None,
        description=urls.webinar(webinar.slug),
        alarm_offset=int(-webinars.REMINDER.total_seconds()),
    )
