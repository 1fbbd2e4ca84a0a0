"""QR codes as images. Each encodes the short link of its slug, whatever that leads to."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from pydantic import Field

from api.conditional import ConditionalRoute
from api.dependencies import CurrentParts, Public, ReadDb
from api.problems import refusals
from miniprogram_contract.messages import Request
from services import qr_codes, short_links

router = APIRouter(tags=["qr codes"], route_class=ConditionalRoute, dependencies=[Public])


class CodeStyle(Request):
    """How a code should look."""

    level: qr_codes.Level | None = None
    size: int = Field(default=480, ge=qr_codes.SMALLEST_SIZE, le=qr_codes.LARGEST_SIZE)
    colour: str = Field(default="#000000", pattern="^#[0-9a-fA-F]{6}$")
    lang: Literal["zh", "en"] = "zh"


REFUSALS = refusals(
    short_links.LinkNotFound,
    qr_codes.CodeTooDense,
    qr_codes.ColourUnfit,
    qr_codes.LogoUnfit,
    qr_codes.CodeUnreadable,
)


@router.get("/qr/{slug}.{kind}", response_class=Response, responses=REFUSALS)
async def code(
    slug: str,
    kind: Literal["png", "svg"],
    asked: Annotated[CodeStyle, Query()],
    db: ReadDb,
    parts: CurrentParts,
) -> Response:
    """Give the code that leads to `/r/{slug}`; it has been decoded before it is sent."""
    link = await short_links.by_slug(db, slug=slug)
    style = qr_codes.Style(level=asked.level, size=asked.size, colour=asked.colour)
    draw = {"png": qr_codes.png, "svg": qr_codes.svg}[kind]
    image = await run_in_threadpool(draw, parts.urls.short(link.slug), style)
    media_type = {"png": "image/png", "svg": "image/svg+xml"}[kind]
    return Response(image, media_type=media_type)
