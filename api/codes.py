"""QR codes as images. Each encodes the short link of its slug, whatever that leads to."""

from functools import lru_cache
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
from services.qr_codes import Style
from services.qr_matrices import Level

router = APIRouter(tags=["qr codes"], route_class=ConditionalRoute, dependencies=[Public])


REMEMBERED = 512
"""Pictures in other than the usual style, which the edge does not keep; some kilobytes each."""


class CodeStyle(Request):
    """How a code should look."""

    level: Level | None = None
    size: int = Field(default=480, ge=qr_codes.SMALLEST_SIZE, le=qr_codes.LARGEST_SIZE)
    colour: str = Field(default="#000000", pattern="^#[0-9a-fA-F]{6}$")
    width_mm: int = Field(
        default=qr_codes.SMALLEST_WIDTH, ge=qr_codes.SMALLEST_WIDTH, le=qr_codes.LARGEST_WIDTH
    )
    lang: Literal["zh", "en"] = "zh"


REFUSALS = refusals(
    short_links.LinkNotFound,
    qr_codes.CodeTooDense,
    qr_codes.CodeTooFine,
    qr_codes.ColourUnfit,
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
    await short_links.printed(db, slug=slug)
    style = Style(level=asked.level, size=asked.size, colour=asked.colour, width_mm=asked.width_mm)
    image = await run_in_threadpool(drawn, parts.urls.short(slug), kind, style)
    return Response(image, media_type={"png": "image/png", "svg": "image/svg+xml"}[kind])


@lru_cache(REMEMBERED)
def drawn(text: str, kind: Literal["png", "svg"], style: Style) -> bytes:
    """Draw a code, or give the picture that was drawn before."""
    return {"png": qr_codes.png, "svg": qr_codes.svg}[kind](text, style)
