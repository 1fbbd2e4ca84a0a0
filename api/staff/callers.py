"""Whoever opens a page of the desk: their browser, their session, and what they may do."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse

from api.dependencies import CurrentParts, MachineNow
from api.middleware import CONTENT_SECURITY_POLICY
from api.pages import browsers, forms
from api.pages.browsers import Cookie
from api.pages.callers import Caller
from api.pages.forms import SentForm
from api.pages.rendering import BEIJING, View, view
from models import StaffAccount, StaffSession
from services import staff_accounts
from services.staff_accounts import NotPermitted, Permission, StaffLoginRequired, sessions
from services.texts import dates

DESK = Cookie("asi_desk", "desk.cookie", of_staff=True)

DESK_POLICY = f"{CONTENT_SECURITY_POLICY}; script-src 'self'; connect-src 'self'"
"""The desk's pages are kept fresh by a script of ours; there is none in them."""


def caller(
    request: Request,
    parts: CurrentParts,
    view: Annotated[View, Depends(view)],
    now: MachineNow,
) -> Caller:
    """Give whoever asks, logged in or not."""
    return Caller(parts=parts, view=view, browser=browsers.of(request, parts, DESK), now=now)


DeskCaller = Annotated[Caller, Depends(caller)]


async def sent(request: Request, caller: DeskCaller) -> SentForm:
    """Give the form that was sent, if a page of ours sent it.

    Raises:
        FormFromElsewhere
    """
    return await forms.taken(request, caller)


DeskForm = Annotated[SentForm, Depends(sent)]


@dataclass(frozen=True)
class Staff:
    """Somebody of ours, at work."""

    account: StaffAccount
    session: StaffSession
    caller: Caller = field(repr=False)

    def may(self, permission: str) -> bool:
        """Tell whether they may do something, by the permission's word."""
        return staff_accounts.allows(self.account.role, Permission(permission))

    def page(self, template: str, *, status: int = 200, **context: object) -> HTMLResponse:
        """Show a page of the desk."""
        return self.caller.page(
            f"staff/{template}",
            status=status,
            headers={"Content-Security-Policy": DESK_POLICY},
            staff=self,
            short=self._short,
            **context,
        )

    def _short(self, instant: datetime) -> str:
        """Say when something was, by Beijing's clock, where there is room for little."""
        local = instant.astimezone(BEIJING).replace(second=0)
        return dates.written("dates.in_a_chat", local, self.caller.language)


BY_SCRIPT = "hx-request"
"""The header by which htmx tells that it asks, and perhaps no person."""


class Permitted:
    """What a route of the desk asks of whoever opens it.

    No transaction is open once it is answered: whatever the route waits for next, a file on a slow
    line, WeChat, a place in the pool, it holds no connection from here meanwhile.
    """

    def __init__(self, permission: Permission) -> None:
        """Declare the permission."""
        self.permission = permission

    async def __call__(self, request: Request, caller: DeskCaller) -> Staff:
        """Give who is logged in, if they may; a write transaction is needed only once a minute.

        A page that keeps itself fresh keeps no session alive: nobody may be sitting before it.

        Raises:
            StaffLoginRequired, NotPermitted
        """
        database, token, now = caller.parts.database, caller.browser.token, caller.now
        async with database.snapshot() as reading:
            account, session = await sessions.of_token(reading, token=token, now=now)
        if not session.passed:
            raise StaffLoginRequired
        if not staff_accounts.allows(account.role, self.permission):
            raise NotPermitted
        by_itself = BY_SCRIPT in request.headers and request.method == "GET"
        if sessions.is_due(session, now=now) and not by_itself:
            async with database.transaction() as writing:
                await sessions.note_use(writing, session_id=session.id, now=now)
        return Staff(account, session, caller)


AtDesk = Annotated[Staff, Depends(Permitted(Permission.OPEN_DESK), scope="function")]
Admin = Annotated[Staff, Depends(Permitted(Permission.MANAGE_STAFF), scope="function")]
Auditor = Annotated[Staff, Depends(Permitted(Permission.READ_AUDIT), scope="function")]
SeesRegistrations = Annotated[
    Staff, Depends(Permitted(Permission.READ_REGISTRATIONS), scope="function")
]
RunsWebinars = Annotated[Staff, Depends(Permitted(Permission.RUN_WEBINARS), scope="function")]
SetsWebinars = Annotated[Staff, Depends(Permitted(Permission.SET_WEBINARS), scope="function")]
ReadsContent = Annotated[Staff, Depends(Permitted(Permission.READ_CONTENT), scope="function")]
EditsContent = Annotated[Staff, Depends(Permitted(Permission.EDIT_CONTENT), scope="function")]
