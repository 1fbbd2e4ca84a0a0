"""Short links and 阅读原文. The edge answers what has been asked before; this is the whole path."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import RedirectResponse, Response

from api import following, readings
from api.dependencies import CurrentParts, EdgeMark, Now, ReadDb
from api.urls import READ_ORIGINAL_PATH
from services import clients, short_links
from services.runtime import verification

router = APIRouter(include_in_schema=False)


@router.get(READ_ORIGINAL_PATH)
async def read_original(
    request: Request, db: ReadDb, now: Now, parts: CurrentParts, mark: EdgeMark
) -> RedirectResponse:
    """Lead to the hub of the current round."""
    return await follow(short_links.READ_ORIGINAL, request, db, now, parts, mark)


@router.get("/r/{name}.txt")
async def verification_file(name: str, parts: CurrentParts) -> Response:
    """Give the file that WeChat wants beside the codes that are to open the mini-program.

    扫普通链接二维码打开小程序 looks for it in the last folder of its rule's address, which is
    `/r/`; no slug has a dot.
    """
    return Response(verification.content(parts.settings, f"{name}.txt"), media_type="text/plain")


@router.get("/r/{slug}")
async def follow(
    slug: Annotated[str, Path(max_length=64)],
    request: Request,
    db: ReadDb,
    now: Now,
    parts: CurrentParts,
    mark: EdgeMark,
) -> RedirectResponse:
    """Lead to where the link points now for this client, and count the visit."""
    agent = request.headers.get("user-agent", "")
    destination = await short_links.resolve(db, slug=slug, now=now, client=clients.kind(agent))
    visit = following.visit(
        destination,
        query=request.url.query.encode(),
        channels=await short_links.channels(db),
        user_agent=agent,
        looked=getattr(request.state, "head", False),
    )
    mark.link = destination
    parts.visits.count(visit, *readings.device(request.scope))
    # 302 and no-store: a cached answer would outlive a changed target.
    return RedirectResponse(
        following.address(destination, channel=visit.channel),
        status_code=302,
        headers={"Cache-Control": "no-store"},
    )
