"""Scenes: what the mini-program opens for a code or a URL link of WeChat's."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api import following, readings
from api.dependencies import CurrentParts, Now, ReadDb
from api.miniprogram.links import REFUSALS, place_reply
from api.problems import refusals
from miniprogram_contract.scenes import Place, ReadScene
from services import short_links
from services.visits import OTHER_CHANNEL
from services.wechat_codes import places, scenes

router = APIRouter(tags=["links"])


@router.get("/scenes", responses=refusals(scenes.SceneRefused, *REFUSALS))
async def read_scene(
    ask: Annotated[ReadScene, Query()],
    request: Request,
    response: Response,
    db: ReadDb,
    parts: CurrentParts,
    now: Now,
) -> Place:
    """Tell what a scene opens now, and count the scan, or the visit by a URL link."""
    place = await places.of_scene(db, text=ask.scene, now=now)
    visit = following.visit(
        # Whoever opens the URL link of a printed code has not scanned it.
        place.destination if ask.scanned else replace(place.destination, code=""),
        query=f"ch={place.channel}".encode(),
        channels=await short_links.channels(db),
        user_agent=request.headers.get("user-agent", ""),
        scanned=ask.scanned,
    )
    parts.visits.count(visit, *readings.device(request.scope))
    response.headers["Cache-Control"] = "no-store"
    known = "" if visit.channel == OTHER_CHANNEL else visit.channel
    return place_reply(replace(place, channel=known), parts.urls, ask.lang)
