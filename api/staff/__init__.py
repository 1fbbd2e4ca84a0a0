"""The contacts' desk: pages for those of ours who answer, behind a login."""

from urllib.parse import quote

from fastapi import FastAPI, Request
from starlette.responses import RedirectResponse, Response

from api.dependencies import parts
from api.pages.callers import SEE_OTHER
from api.pages.rendering import view
from api.staff import (
    canned_replies,
    feedback,
    feedback_items,
    feedback_publishing,
    inbox,
    logging_in,
    managing,
    own_account,
    webinar_door,
    webinar_messages,
    webinar_settings,
    webinars,
)
from api.staff.callers import BY_SCRIPT
from services.staff_accounts import StaffLoginRequired

ROUTERS = (
    logging_in.router,
    own_account.router,
    managing.router,
    inbox.router,
    canned_replies.router,
    webinar_door.router,
    webinar_settings.router,
    webinar_messages.router,
    webinars.router,
    feedback_items.router,
    feedback_publishing.router,
    feedback.router,
)

SHOWN_ON_THE_PAGE = {
    "HX-Retarget": "#live",
    "HX-Reselect": "#signed-out",
    "HX-Reswap": "innerHTML",
}


def install(api: FastAPI) -> None:
    """Add the desk; whoever is not logged in is asked to, and comes back to where they were."""
    for router in ROUTERS:
        api.include_router(router)
    api.add_exception_handler(StaffLoginRequired, _to_login)


async def _to_login(request: Request, error: Exception) -> Response:
    del error
    if BY_SCRIPT in request.headers:
        # It asks for a part of a page, on which somebody may be writing: they are told there.
        return parts(request).renderer.page(
            view(request), "staff/signed_out.html", status=401, headers=SHOWN_ON_THE_PAGE
        )
    back = quote(request.url.path if request.method == "GET" else logging_in.HOME)
    language = "&lang=en" if request.query_params.get("lang") == "en" else ""
    return RedirectResponse(
        f"{logging_in.LOGIN}?next={back}{language}",
        SEE_OTHER,
        headers={"Cache-Control": "no-store"},
    )
