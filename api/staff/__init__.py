"""The contacts' desk: pages for those of ours who answer, behind a login."""

from urllib.parse import quote

from fastapi import FastAPI, Request
from starlette.responses import RedirectResponse, Response

from api.pages.callers import SEE_OTHER
from api.staff import inbox, logging_in, managing, own_account
from services.staff_accounts import StaffLoginRequired

ROUTERS = (logging_in.router, own_account.router, managing.router, inbox.router)


def install(api: FastAPI) -> None:
    """Add the desk; whoever is not logged in is asked to, and comes back to where they were."""
    for router in ROUTERS:
        api.include_router(router)
    api.add_exception_handler(StaffLoginRequired, _to_login)


async def _to_login(request: Request, error: Exception) -> Response:
    del error
    back = quote(request.url.path if request.method == "GET" else logging_in.HOME)
    language = "&lang=en" if request.query_params.get("lang") == "en" else ""
    return RedirectResponse(
        f"{logging_in.LOGIN}?next={back}{language}",
        SEE_OTHER,
        headers={"Cache-Control": "no-store"},
    )
