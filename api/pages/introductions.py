"""Readers in WeChat's browser, introduced by WeChat: they go round by it once, and come back.

Whatever goes wrong on the way, they read on as anybody does, known by their cookie alone. Nobody is
sent round twice: a mark in the browser says so, and one in the address where it keeps no cookies.
"""

import hmac
import json
import re
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog
from fastapi import APIRouter, Depends, FastAPI, Request
from starlette.responses import RedirectResponse, Response

from api.dependencies import CurrentDoors, Db, Parts
from api.pages import browsers
from api.pages.browsers import Browser
from api.pages.callers import SEE_OTHER, Caller, CurrentCaller, CurrentReader
from models.vocabulary import Account
from services import visitors
from services.errors import Refusal
from services.runtime.sealing import SealUnreadable
from services.wechat import web_login
from services.wechat.gateway import WebLogin

router = APIRouter(include_in_schema=False)

BACK = "/log-in/wechat"
ASKED = "asked"
"""In an address: this reader was sent round already."""

_MARK = "asi_asked"
_MARK_LASTS = timedelta(days=1)
_STATE = "asi_state"
_STATE_LASTS = timedelta(minutes=10)
_STATE_BYTES = 16
_SEALED = "readers.state"
_SECTION = re.compile(r"[\w.-]{1,20}/[\w.-]{1,20}/[\w.-]{1,20}", re.ASCII)
"""What `/feedback/new` takes as a section: standard, version and code."""

log = structlog.get_logger(__name__)


class Detour(Exception):
    """The reader goes round by WeChat before they see the page."""

    def __init__(self, response: Response) -> None:
        """Keep the answer that sends them."""
        self.response = response
        super().__init__()


@dataclass(frozen=True)
class Journey:
    """A reader's way round by WeChat, as their browser remembers it."""

    state: str
    back: str
    """The path of ours that they set out from."""

    section: str = ""
    """The section that they wanted to comment on."""


async def introduced(request: Request, caller: CurrentCaller, reader: CurrentReader) -> None:
    """Send a reader round by WeChat, if it may tell us who they are and nobody asked it yet.

    Raises:
        Detour
    """
    parts = caller.parts
    name = browsers.cookie_name(_MARK, production=parts.settings.production)
    is_asked = name in request.cookies or ASKED in request.query_params
    is_known = reader is not None and reader.oa_openid is not None
    if parts.settings.oa_web_login and caller.view.in_wechat and not is_asked and not is_known:
        section = request.query_params.get("section", "")
        known = section if _SECTION.fullmatch(section) else ""
        raise Detour(_outward(caller, back=request.url.path, section=known))


Introduced = Depends(introduced, scope="function")


@router.get(BACK)
async def come_back(
    request: Request,
    caller: CurrentCaller,
    doors: CurrentDoors,
    db: Db,
    code: str = "",
    state: str = "",
) -> Response:
    """Take a reader back, as who WeChat says they are or as anybody."""
    parts = caller.parts
    journey = _journey(request, parts, now=caller.now)
    if journey is None or not hmac.compare_digest(journey.state.encode(), state.encode()):
        return _home(caller, journey)
    try:
        # The transaction begins with its first statement: none is open while WeChat is asked.
        login = await visitors.identify_reader(doors.required_official_account(), code=code)
    except Refusal as refusal:
        log.info("reader_not_introduced", code=refusal.code)
        return _home(caller, journey)
    if login.snapshot:
        return _home(caller, journey)
    return _home(await _known(db, caller, login), journey, asked=False)


def install(api: FastAPI) -> None:
    """Let the application answer detours."""

    async def go(request: Request, detour: Exception) -> Response:
        del request
        assert isinstance(detour, Detour)  # noqa: S101 - what the handler is installed for
        return detour.response

    api.add_exception_handler(Detour, go)


async def _known(db: Db, caller: Caller, login: WebLogin) -> Caller:
    """Give the caller under the token that is worth who they are."""
    account = caller.parts.settings.account(Account.OFFICIAL_ACCOUNT)
    token = await visitors.log_in_reader(
        db,
        login=login,
        appid=account.appid if account else "",
        token=caller.browser.token,
        now=caller.now,
    )
    return replace(caller, browser=Browser(token))


def _outward(caller: Caller, *, back: str, section: str) -> Response:
    parts, state = caller.parts, secrets.token_hex(_STATE_BYTES)
    address = web_login.address(
        api_url=parts.settings.wechat_api_url,
        appid=parts.settings.oa_appid,
        back_to=parts.urls.path(caller.view.link(BACK)),
        state=state,
    )
    response = RedirectResponse(address, SEE_OTHER, headers={"Cache-Control": "no-store"})
    said = {"state": state, "back": back, "section": section}
    said["until"] = (caller.now + _STATE_LASTS).isoformat()
    sealed = urlsafe_b64encode(parts.sealer.seal(json.dumps(said).encode(), about=_SEALED))
    browsers.put(
        response,
        _STATE,
        sealed.decode(),
        seconds=int(_STATE_LASTS.total_seconds()),
        parts=parts,
    )
    browsers.put(response, _MARK, "1", seconds=int(_MARK_LASTS.total_seconds()), parts=parts)
    browsers.remember(response, caller.browser, parts)
    return response


def _journey(request: Request, parts: Parts, *, now: datetime) -> Journey | None:
    """Give the journey that this browser is on; one of another browser's is none."""
    name = browsers.cookie_name(_STATE, production=parts.settings.production)
    try:
        sealed = urlsafe_b64decode(request.cookies.get(name, ""))
        said = json.loads(parts.sealer.open(sealed, about=_SEALED))
    except (SealUnreadable, ValueError):
        return None
    if now >= datetime.fromisoformat(said["until"]):
        return None
    # A journey that was begun before an update says nothing of a section.
    return Journey(state=said["state"], back=said["back"], section=said.get("section", ""))


def _home(caller: Caller, journey: Journey | None, *, asked: bool = True) -> Response:
    """End a journey: its state is of no more use, whatever came of it."""
    more = {"section": journey.section} if journey and journey.section else {}
    more |= {ASKED: "1"} if asked else {}
    response = caller.go(journey.back if journey else "/", **more)
    browsers.put(response, _STATE, "", seconds=0, parts=caller.parts)
    return response
