"""Our own codes, scanned into the mini-program: 扫普通链接二维码打开小程序."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api import following, readings
from api.dependencies import CurrentParts, Now, ReadDb
from api.miniprogram.links import REFUSALS, place_reply
from api.problems import refusals
from api.urls import Urls, read_code
from miniprogram_contract.links import ReadScannedLink
from miniprogram_contract.scenes import Place
from services import short_links
from services.visits import OTHER_CHANNEL
from services.wechat_codes import places

router = APIRouter(tags=["links"])


@router.get("/scanned-links", responses=refusals(short_links.CodeForeign, *REFUSALS))
async def read_scanned_link(
    ask: Annotated[ReadScannedLink, Query()],
    request: Request,
    response: Response,
    db: ReadDb,
    parts: CurrentParts,
    now: Now,
) -> Place:
    """Tell what the address in a scanned code opens now, and count the scan.

    WeChat opens the mini-program without asking us for `/r/`, so it is counted here.
    """
    slug, query = read_code(ask.q, Urls.every(parts.settings))
    place = await places.of_slug(db, slug=slug, now=now)
    visit = following.visit(
        place.destination,
        query=query.encode(),
        channels=await short_links.channels(db),
        user_agent=request.headers.get("user-agent", ""),
        scanned=True,
    )
    parts.visits.count(visit, *readings.device(request.scope))
    response.headers["Cache-Control"] = "no-store"
    known = "" if visit.channel == OTHER_CHANNEL else visit.channel
    return place_reply(replace(place, channel=known), parts.urls, ask.lang)
