"""The contacts' desk: pages for those of ours who answer, behind a login."""

from urllib.parse import quote

from fastapi import FastAPI, Request
from starlette.responses import RedirectResponse, Response

from api.dependencies import parts
from api.pages.callers import SEE_OTHER
from api.pages.rendering import view
from api.staff import (
    audit_log,
    canned_replies,
    content,
    content_cards,
    content_documents,
    content_links,
    content_menu,
    content_packs,
    content_preview,
    content_replies,
    feedback,
    feedback_entry,
    feedback_imports,
    feedback_items,
    feedback_publishing,
    feedback_words,
    figures,
    home,
    inbox,
    inbox_acts,
    jobs,
    logging_in,
    managing,
    message_exports,
    own_account,
    signed_out,
    webinar_door,
    webinar_messages,
    webinar_people,
    webinar_settings,
    webinars,
)
from api.staff.callers import BY_SCRIPT
from services.staff_accounts import StaffLoginRequired

ROUTERS = (
    logging_in.router,
    home.router,
    own_account.router,
    managing.router,
    inbox_acts.router,
    message_exports.router,
    inbox.router,
    canned_replies.router,
    webinar_door.router,
    webinar_settings.router,
    webinar_messages.router,
    webinar_people.router,
    webinars.router,
    feedback_words.router,
    feedback_entry.router,
    feedback_imports.router,
    feedback_items.router,
    feedback_publishing.router,
    feedback.router,
    content.router,
    content_links.router,
    content_documents.router,
    content_cards.router,
    content_replies.router,
    content_menu.router,
    content_packs.router,
    content_preview.router,
    figures.router,
    jobs.router,
    audit_log.router,
)

SHOWN_ON_THE_PAGE = {
    "HX-Retarget": "#live",
    "HX-Reselect": "#signed-out",
    "HX-Reswap": "innerHTML",
}


def install(api: FastAPI) -> None:
    """Ask whoever is not logged in to log in; they come back to where they were."""
    api.add_exception_handler(StaffLoginRequired, _to_login)


async def _to_login(request: Request, error: Exception) -> Response:
    del error
    if BY_SCRIPT in request.headers:
        # It asks for a part of a page, on which somebody may be writing: they are told there.
        return parts(request).renderer.page(
            view(request), "staff/signed_out.html", status=401, headers=SHOWN_ON_THE_PAGE
        )
    if request.method == "POST" and (kept := await signed_out.kept(request)):
        return kept
    back = quote(request.url.path if request.method == "GET" else logging_in.HOME)
    language = "&lang=en" if request.query_params.get("lang") == "en" else ""
    return RedirectResponse(
        f"{logging_in.LOGIN}?next={back}{language}",
        SEE_OTHER,
        headers={"Cache-Control": "no-store"},
    )
