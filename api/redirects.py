"""Short links and 阅读原文. The edge answers what has been asked before; this is the whole path."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import RedirectResponse

from api import negotiation
from api.dependencies import CurrentParts, EdgeMark, Now, ReadDb
from api.urls import READ_ORIGINAL_PATH
from models.vocabulary import LinkTarget, VisitKind
from services import short_links, visits

router = APIRouter(include_in_schema=False)


@router.get(READ_ORIGINAL_PATH)
async def read_original(
    request: Request, db: ReadDb, now: Now, parts: CurrentParts, mark: EdgeMark
) -> RedirectResponse:
    """Lead to the hub of the current round."""
    return await follow(short_links.READ_ORIGINAL, request, db, now, parts, mark)


@router.get("/r/{slug}")
async def follow(
    slug: Annotated[str, Path(max_length=64)],
    request: Request,
    db: ReadDb,
    now: Now,
    parts: CurrentParts,
    mark: EdgeMark,
) -> RedirectResponse:
    """Lead to where the link points now, and count the visit."""
    destination = await short_links.resolve(db, slug=slug, now=now)
    mark.link = destination.slug
    parts.visits.count(
        visits.visit(
            slug=destination.slug,
            channel=negotiation.channel(request.url.query.encode()),
            channels=await short_links.channels(db),
            user_agent=request.headers.get("user-agent", ""),
            kind=VisitKind.PROBE if getattr(request.state, "head", False) else VisitKind.VISIT,
        )
    )
    own = destination.kind is LinkTarget.PAGE
    # 302 and no-store: a cached answer would outlive a changed target.
    return RedirectResponse(
        parts.urls.path(destination.address) if own else destination.address,
        status_code=302,
        headers={"Cache-Control": "no-store"},
    )
