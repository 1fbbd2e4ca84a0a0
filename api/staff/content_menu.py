"""The official account's menu: as the pack has it, as WeChat has it, and put in force."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api import problems
from api.dependencies import CurrentDoors, Now
from api.pages import forms
from api.pages.forms import Form
from api.staff.callers import DeskForm, Permitted, Staff
from api.urls import Urls
from services import menus
from services.content_desk import menu
from services.content_desk.deeds import By
from services.content_desk.menu import Desk
from services.errors import Refusal
from services.menus import MenuNotWritten
from services.staff_accounts import Permission

router = APIRouter(prefix="/staff/content/menu", include_in_schema=False)

MENU = "/staff/content/menu"
PUSHED = "pushed"


class Asked:
    """What every page about WeChat's menu is made with."""

    def __init__(self, doors: CurrentDoors, now: Now) -> None:
        """Take it from the request."""
        self._doors = doors
        self._now = now

    def desk(self, staff: Staff) -> Desk:
        """Give what the menu is worked with.

        Its addresses are the public ones, by whichever address of ours somebody works.

        Raises:
            AccountMissing
        """
        parts, door = staff.caller.parts, self._doors.required_official_account()
        return Desk(parts.database, door, Urls(parts.settings.public_url).in_menu)

    def by(self, staff: Staff) -> By:
        """Give who acts."""
        return By(actor=staff.account.login, now=self._now, at=staff.caller.now)


Reader = Annotated[Staff, Depends(Permitted(Permission.READ_CONTENT))]
Editor = Annotated[Staff, Depends(Permitted(Permission.EDIT_CONTENT))]


@router.get("")
async def show_menu(staff: Reader, doors: CurrentDoors, now: Now) -> Response:
    """Show the pack's menu; WeChat is asked where somebody wants to compare."""
    parts = staff.caller.parts
    try:
        async with parts.database.snapshot() as db:
            wanted = await menus.wanted(db, now=now, link=Urls(parts.settings.public_url).in_menu)
    except MenuNotWritten:
        wanted = []
    return staff.page(
        "content_menu.html",
        wanted=menus.buttons(wanted),
        configured=doors.official_account is not None,
    )


@router.get("/compare")
async def compare(staff: Reader, asked: Annotated[Asked, Depends()], done: str = "") -> Response:
    """Ask WeChat for its menu and show what differs."""
    return await _compared(staff, asked, forms.shown(staff.caller), done=done == PUSHED)


@router.get("/push")
async def ask(staff: Editor, asked: Annotated[Asked, Depends()]) -> Response:
    """Show once more what a push would change, and ask for the second tap."""
    return await _compared(staff, asked, forms.shown(staff.caller), asking=True)


@router.post("/push")
async def push(staff: Editor, form: DeskForm, asked: Annotated[Asked, Depends()]) -> Response:
    """Put the menu in force as it was seen."""
    try:
        form.require_fresh()
        seen = form.values.get("seen", "")
        await menu.push(asked.desk(staff), seen=seen, by=asked.by(staff))
    except Refusal as refusal:
        shown = await _compared(staff, asked, form.refused(refusal), asking=True)
        return problems.saying_when(shown, refusal)
    return form.caller.go(f"{MENU}/compare", done=PUSHED)


async def _compared(
    staff: Staff, asked: Asked, form: Form, *, asking: bool = False, done: bool = False
) -> Response:
    """Show both menus; what WeChat answers instead of its own stands in its place."""
    seen, refusal = None, ""
    try:
        seen = await menu.look(asked.desk(staff), by=asked.by(staff))
    except Refusal as error:
        refusal = error.sentence(staff.caller.language)
    return staff.page(
        "content_menu_compared.html",
        status=form.faults.status,
        form=form,
        seen=seen,
        refusal="" if form.faults else refusal,
        asking=asking and seen is not None,
        done=done,
    )
