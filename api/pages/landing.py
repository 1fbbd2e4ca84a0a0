"""The landing page of a link: how to go on where one click or scan does not do."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import RedirectResponse, Response

from api.dependencies import CurrentParts, Now, Public, ReadDb
from api.pages.rendering import View, view
from models.vocabulary import LinkTarget
from services import clients, consultations, short_links
from services.wechat_codes import keeping

router = APIRouter(include_in_schema=False, dependencies=[Public])

CurrentView = Annotated[View, Depends(view)]


@router.get(short_links.LANDING + "{slug}")
async def landing(
    slug: Annotated[str, Path(max_length=64)],
    request: Request,
    db: ReadDb,
    now: Now,
    parts: CurrentParts,
    view: CurrentView,
) -> Response:
    """Show the ways into the mini-program, and the way on in this browser.

    In WeChat, and without a link into the mini-program, there is but one way: no page asks for it.
    """
    client = clients.kind(request.headers.get("user-agent", ""))
    onward = await short_links.resolve(db, slug=slug, now=now, client=client, landing=False)
    url_link = await keeping.url_link(db, slug=onward.slug, code=onward.code, now=now)
    own = onward.kind is LinkTarget.PAGE
    address = view.link(onward.address) if own else onward.address
    if view.in_wechat and url_link is None:
        return RedirectResponse(address, status_code=302, headers={"Cache-Control": "no-store"})
    consultation = await consultations.current(db, now=now)
    return parts.renderer.page(
        view,
        "landing.html",
        slug=slug,
        onward=onward,
        address=address,
        url_link=url_link,
        publisher=await consultations.publisher(db, consultation_id=consultation.id),
    )
