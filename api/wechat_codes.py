"""WeChat's own codes as images, for screens and for whoever prints."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from pydantic import Field

from api.conditional import ConditionalRoute
from api.dependencies import Now, ReadDb
from api.problems import refusals
from miniprogram_contract.messages import Request
from models.vocabulary import WeChatCodeKind
from services import qr_codes
from services.qr_codes import Style
from services.wechat_codes import keeping, pictures

router = APIRouter(tags=["qr codes"], route_class=ConditionalRoute)


class CodeSize(Request):
    """How large a code should be."""

    size: int = Field(
        default=480,
        ge=qr_codes.SMALLEST_SIZE,
        le=qr_codes.LARGEST_SIZE,
        description="Pixels of a side. A mini-program code is WeChat's own picture of 1280.",
    )
    lang: Literal["zh", "en"] = "zh"


REFUSALS = refusals(
    keeping.WeChatCodeNotMade,
    keeping.WeChatCodeExpired,
    qr_codes.CodeTooDense,
    qr_codes.CodeUnreadable,
)


@router.get("/qr/{slug}/{kind}.png", response_class=Response, responses=REFUSALS)
async def wechat_code(
    slug: str,
    kind: Literal["official-account", "temporary", "mini-program"],
    asked: Annotated[CodeSize, Query()],
    db: ReadDb,
    now: Now,
) -> Response:
    """Give a code that WeChat made for a short link or a channel code."""
    code = await keeping.current(db, kind=WeChatCodeKind(kind), slug=slug, now=now)
    image = await run_in_threadpool(pictures.png, code, style=Style(size=asked.size))
    return Response(image, media_type="image/png")
