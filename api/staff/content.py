"""Content at the desk: the way to all of its pages."""

from fastapi import APIRouter
from starlette.responses import Response

from api.staff.callers import ReadsContent

router = APIRouter(prefix="/staff/content", include_in_schema=False)

PAGES = ("links", "documents", "contacts", "replies", "menu", "packs", "preview")


@router.get("")
async def show_content(staff: ReadsContent) -> Response:
    """Show what there is to look after."""
    return staff.page("content.html", pages=PAGES)
