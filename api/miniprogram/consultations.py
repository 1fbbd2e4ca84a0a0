"""Rounds of consultation."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query

from api.conditional import ConditionalRoute
from api.dependencies import CurrentParts, Now, ReadDb
from api.problems import refusals
from api.urls import Urls
from miniprogram_contract import consultations as contract
from miniprogram_contract.messages import Page
from models import Consultation, FeedbackChannel
from models.vocabulary import Language
from services import consultations

router = APIRouter(tags=["consultations"], route_class=ConditionalRoute)

AskInLanguage = Annotated[contract.AskInLanguage, Query()]


@router.get("/consultations", response_model=Page[contract.Consultation])
async def list_consultations(
    ask: AskInLanguage, db: ReadDb, now: Now, parts: CurrentParts
) -> Page[contract.Consultation]:
    """List the announced rounds, newest first; the first one is the current one."""
    found = await consultations.rounds(db, now=now)
    items = [contract.Consultation(**_fields(item, parts.urls, ask.lang, now)) for item in found]
    return Page(items=items, next=None)


@router.get("/consultations/{slug}", responses=refusals(consultations.ConsultationNotFound))
async def show_consultation(
    slug: str, ask: AskInLanguage, db: ReadDb, now: Now, parts: CurrentParts
) -> contract.ConsultationDetail:
    """Show one round with the lists people choose from when they comment."""
    found = await consultations.by_slug(db, slug=slug, now=now)
    vocabulary = await consultations.vocabulary(db, consultation_id=found.id)
    return contract.ConsultationDetail(
        **_fields(found, parts.urls, ask.lang, now),
        **_vocabulary_fields(vocabulary, ask.lang),
    )


def _fields(
    consultation: Consultation, urls: Urls, language: Language, now: datetime
) -> dict[str, Any]:
    return {
        "slug": consultation.slug,
        "title": consultation.title.text(language),
        "summary": consultation.summary.text(language),
        "state": consultations.state(consultation, now),
        "opens_at": consultation.opens_at,
        "closes_at": consultation.closes_at,
        "time_zone": consultation.time_zone,
        "days_left": consultations.days_left(consultation, now),
        "hub_url": consultation.hub_url,
        "read_original_url": urls.read_original,
    }


def _vocabulary_fields(vocabulary: consultations.Vocabulary, language: Language) -> dict[str, Any]:
    return {
        "sections": [
            contract.Section(
                standard=item.standard,
                version=item.version,
                code=item.code,
                title=item.title.text(language),
            )
            for item in vocabulary.sections
        ],
        "terms": [
            contract.Term(set=item.term_set, code=item.code, label=item.label.text(language))
            for item in vocabulary.terms
        ],
        "feedback_channels": [
            feedback_channel(item, language) for item in vocabulary.feedback_channels
        ],
    }


def feedback_channel(item: FeedbackChannel, language: Language) -> contract.FeedbackChannel:
    """Give a way to comment as it travels."""
    return contract.FeedbackChannel(
        key=item.key,
        route=item.route,
        title=item.title.text(language),
        purpose=item.purpose.text(language),
        url=item.url,
        email=item.email,
        document=item.document,
    )
