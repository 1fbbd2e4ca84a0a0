"""Logging in at the desk, step by step, and out again."""

from base64 import b64encode
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import ValidationError
from starlette.responses import Response

from api.dependencies import Parts, ReadDb
from api.pages import forms
from api.pages.browsers import Browser
from api.pages.callers import Caller
from api.pages.forms import Form, SentForm
from api.staff.callers import DESK, DeskCaller, DeskForm
from services import clients, qr_codes
from services.errors import Refusal
from services.qr_matrices import Level
from services.staff_accounts import StaffLoginRequired, logins, second_factor, sessions
from services.staff_accounts.second_factor import Keys

router = APIRouter(prefix="/staff", include_in_schema=False)

HOME = "/staff"
LOGIN = "/staff/login"
CODE = "/staff/login/code"
SET_UP = "/staff/login/second-factor"
ON_SCREEN = qr_codes.Style(level=Level.L, width_mm=50)
"""How an authenticator's code is shown: 240 pixels wide, on any screen."""

LONGEST_ANSWER = 200
"""Characters of a login, password or code that are looked at."""

Next = Annotated[str, Query(alias="next", max_length=200)]


@router.get("/login")
async def show_login(caller: DeskCaller, next_: Next = HOME) -> Response:
    """Ask for login and password."""
    return _login_page(caller, forms.shown(caller, values={"next": _own(next_)}))


@router.post("/login")
async def log_in(request: Request, form: DeskForm) -> Response:
    """Begin a session, under a token that no one had before."""
    caller = form.caller

    async def begin() -> Response:
        begun = await logins.log_in(
            caller.parts.database,
            login=_said(form, "login"),
            password=_said(form, "password"),
            client=clients.named(request.headers.get("user-agent", "")),
            index=caller.parts.blind_index,
            now=caller.now,
        )
        known = replace(caller, browser=Browser(begun.token, DESK))
        if begun.finished:
            return known.go(_own(form.values.get("next", HOME)))
        return known.go(CODE if begun.account.sealed_totp_secret else SET_UP)

    async def again(shown: Form) -> Response:
        return _login_page(caller, shown)

    return await _attempted(form, begin, again)


@router.get("/login/code")
async def show_code(caller: DeskCaller, db: ReadDb) -> Response:
    """Ask for a code of the second factor."""
    await sessions.of_token(db, token=caller.browser.token, now=caller.now)
    return caller.page("staff/code.html", form=forms.shown(caller))


@router.post("/login/code")
async def confirm(form: DeskForm) -> Response:
    """Finish a session with a code."""
    caller = form.caller

    async def finish() -> Response:
        await logins.confirm(
            caller.parts.database,
            token=caller.browser.token,
            code=_said(form, "code"),
            keys=keys(caller.parts),
            now=caller.now,
        )
        return caller.go(HOME)

    async def again(shown: Form) -> Response:
        return caller.page("staff/code.html", status=shown.faults.status, form=shown)

    return await _attempted(form, finish, again)


@router.get("/login/second-factor")
async def show_set_up(caller: DeskCaller, db: ReadDb) -> Response:
    """Offer a second factor."""
    return await _set_up_page(caller, db, forms.shown(caller))


@router.post("/login/second-factor")
async def set_up(form: DeskForm, db: ReadDb) -> Response:
    """Take the second factor that was offered, and show its recovery codes once."""
    caller = form.caller

    async def take() -> Response:
        codes = await logins.set_up_second_factor(
            caller.parts.database,
            token=caller.browser.token,
            code=_said(form, "code"),
            keys=keys(caller.parts),
            signer=caller.parts.signer,
            now=caller.now,
        )
        return caller.page("staff/recovery_codes.html", codes=codes)

    async def again(shown: Form) -> Response:
        return await _set_up_page(caller, db, shown)

    return await _attempted(form, take, again)


@router.post("/log-out")
async def log_out(form: DeskForm) -> Response:
    """End the session at once; the browser gets a new token."""
    caller = form.caller
    form.require_fresh()
    await logins.log_out(caller.parts.database, token=caller.browser.token, now=caller.now)
    return caller.go(LOGIN)


def keys(parts: Parts) -> Keys:
    """Give what second factors are kept under."""
    return Keys(sealer=parts.sealer, index=parts.blind_index)


def _login_page(caller: Caller, form: Form) -> Response:
    # A password is never shown again, not even to whoever typed it.
    values = {name: value for name, value in form.values.items() if name != "password"}
    return caller.page(
        "staff/login.html", status=form.faults.status, form=replace(form, values=values)
    )


async def _set_up_page(caller: Caller, db: ReadDb, form: Form) -> Response:
    token = caller.browser.token
    account, _ = await sessions.of_token(db, token=token, now=caller.now)
    secret = second_factor.offered(token, signer=caller.parts.signer)
    address = second_factor.address(secret, login=account.login)
    return caller.page(
        "staff/second_factor.html",
        status=form.faults.status,
        form=replace(form, values={}),
        secret=[secret[start : start + 4] for start in range(0, len(secret), 4)],
        picture=f"data:image/svg+xml;base64,{_encoded(qr_codes.svg(address, ON_SCREEN))}",
    )


async def _attempted(
    form: SentForm,
    deed: Callable[[], Awaitable[Response]],
    again: Callable[[Form], Awaitable[Response]],
) -> Response:
    try:
        form.require_fresh()
        return await deed()
    except StaffLoginRequired:
        raise
    except (Refusal, ValidationError) as error:
        return await again(form.refused(error))


def _encoded(picture: bytes) -> str:
    return b64encode(picture).decode()


def _said(form: SentForm, name: str) -> str:
    return form.values.get(name, "")[:LONGEST_ANSWER]


def _own(path: str) -> str:
    """Give a path of the desk, whatever the address asked for."""
    return path if path == HOME or path.startswith(f"{HOME}/") else HOME
