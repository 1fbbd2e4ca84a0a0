"""Pictures of contacts: the WeChat codes that staff have put in, and the MECARD as a code."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from api.conditional import ConditionalRoute
from api.dependencies import CurrentParts, Now, Public, ReadDb
from miniprogram_contract.consultations import AskInLanguage
from services import contact_cards, qr_codes
from services.contact_cards import pictures

router = APIRouter(include_in_schema=False, route_class=ConditionalRoute, dependencies=[Public])


@router.get("/contact-pictures/{sha256}.png")
async def picture(sha256: Annotated[str, Path(max_length=64)], db: ReadDb, now: Now) -> Response:
    """Give a WeChat code, while its card shows it: browsers ask each time before they show it."""
    return Response(await pictures.shown(db, sha256=sha256, now=now), media_type="image/png")


@router.get("/contacts/{slug}/mecard.{kind}")
async def mecard(
    slug: str,
    kind: Literal["png", "svg"],
    asked: Annotated[AskInLanguage, Query()],
    db: ReadDb,
    parts: CurrentParts,
) -> Response:
    """Give a code that holds the contact itself. For screens: what is printed stays as it is."""
    contact = await contact_cards.contact(db, slug=slug)
    text = contact_cards.mecard(contact, url=parts.urls.contact(slug), language=asked.lang)
    draw = {"png": qr_codes.png, "svg": qr_codes.svg}[kind]
    media_type = {"png": "image/png", "svg": "image/svg+xml"}[kind]
    return Response(await run_in_threadpool(draw, text), media_type=media_type)
