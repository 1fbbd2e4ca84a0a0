"""Short links: what each opens in the mini-program."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.conditional import ConditionalRoute
from api.dependencies import CurrentParts, Now, ReadDb
from api.problems import refusals
from api.urls import Urls
from miniprogram_contract.consultations import AskInLanguage
from miniprogram_contract.scenes import Place
from models.vocabulary import Language, LinkTarget
from services import consultations, short_links
from services.wechat_codes import places

router = APIRouter(tags=["links"], route_class=ConditionalRoute)

REFUSALS = (
    short_links.LinkNotFound,
    short_links.LinkDisabled,
    short_links.LinkExpired,
    short_links.TargetUnsafe,
    consultations.ConsultationNotFound,
)


@router.get("/links/{slug}", responses=refusals(*REFUSALS))
async def show_link(
    slug: str, ask: Annotated[AskInLanguage, Query()], db: ReadDb, parts: CurrentParts, now: Now
) -> Place:
    """Tell what a link or a printed code opens now. Counts nothing."""
    place = await places.of_slug(db, slug=slug, now=now)
    return place_reply(place, parts.urls, ask.lang)


def place_reply(place: places.Place, urls: Urls, language: Language) -> Place:
    """Give a place as it travels."""
    destination = place.destination
    own = destination.kind is LinkTarget.PAGE
    return Place(
        slug=destination.slug,
        channel=place.channel or None,
        title=destination.title.text(language),
        page=place.page,
        query=place.query,
        url=urls.path(destination.address) if own else destination.address,
    )
