"""A public page as it is at another moment: the same page function, given another `now`.

No clock is moved. What is given is marked, kept by nobody and counted nowhere; its links lead to
other pages of the same moment and its forms nowhere.
"""

import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from urllib.parse import unquote

from fastapi import FastAPI, Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response
from starlette.types import Message

from api import dependencies
from api.dependencies import Parts
from api.middleware import CONTENT_SECURITY_POLICY
from api.pages import (
    articles,
    callers,
    commenting,
    contacts,
    counted,
    documents,
    introductions,
    mine,
    registering,
    synopsis,
    webinars,
)
from services.errors import NotFound

HTML = "text/html"
_POLICY = CONTENT_SECURITY_POLICY.replace("form-action 'self'", "form-action 'none'")
_SCOPE = "asi.preview"
_TOP = '<header class="top">'
_ADDRESS = re.compile(r'\b(href|action)="(/(?!/|static/)[^"]*)"')


class NotInPreview(NotFound):
    """The address is none of the pages that can be seen at another moment."""

    code = "not_in_preview"


@dataclass(frozen=True)
class Preview:
    """One look at one page."""

    at: datetime
    page: str
    """Its path, and its query if it has one."""

    parts: Parts
    db: AsyncSession
    """The session of whoever looks, for reading only: nothing can be written by a look."""

    agent: bytes = b""
    """Who looks in WeChat sees what readers see there."""


@dataclass(frozen=True)
class Marks:
    """What tells a page of another moment from the real one."""

    title: str
    banner: str
    stylesheet: str
    inside: Callable[[str], str]
    """Gives the address at which another page is seen at the same moment."""


async def given(preview: Preview, marks: Marks) -> Response:
    """Give a page with its marks, or a calendar file or a vCard as it is.

    Raises:
        NotInPreview, and whatever the page refuses at that moment
    """
    found = await _asked(preview)
    kind = found.headers.get("content-type", "")
    headers = {"Cache-Control": "no-store"}
    if kind.startswith(HTML):
        marked = _marked(bytes(found.body).decode(), marks)
        headers["Content-Security-Policy"] = _POLICY
        return Response(marked, found.status_code, headers, media_type=HTML)
    if not kind.startswith("text/"):
        raise NotInPreview
    return Response(found.body, found.status_code, headers, media_type=kind)


@cache
def _pages() -> FastAPI:
    """Give the public pages as an application of their own, which only previews ask.

    Everything that depends on the request's process comes with the preview.
    """
    made = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    for module in (
        articles,
        documents,
        registering,
        commenting,
        mine,
        synopsis,
        webinars,
        contacts,
    ):
        made.include_router(module.router)
    made.dependency_overrides = {
        dependencies.present: _instant,
        dependencies.parts: _parts,
        dependencies.snapshot: _session,
        dependencies.transaction: _session,
        counted.counted: _nothing,
        callers.reader: _nothing,
        introductions.introduced: _nothing,
    }
    return made


def _of(request: Request) -> Preview:
    found: Preview = request.scope[_SCOPE]
    return found


def _instant(request: Request) -> datetime:
    return _of(request).at


def _parts(request: Request) -> Parts:
    return _of(request).parts


def _session(request: Request) -> AsyncSession:
    return _of(request).db


def _nothing() -> None:
    """Count nobody, know nobody, and send nobody round by WeChat."""


async def _asked(preview: Preview) -> Response:
    """Ask a page as a reader whom nobody knows, and give the whole answer."""
    path, _, query = preview.page.partition("#")[0].partition("?")
    if "\x00" in unquote(preview.page):
        raise NotInPreview
    found, body = Response(), bytearray()

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            found.status_code = message["status"]
            found.raw_headers = list(message["headers"])
        else:
            body.extend(message.get("body", b""))

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "server": ("preview", 80),
        "path": unquote(path),
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": [(b"user-agent", preview.agent)],
        "state": {},
        _SCOPE: preview,
    }
    await _pages()(scope, receive, send)
    found.body = bytes(body)
    return found


def _marked(page: str, marks: Marks) -> str:
    def inside(found: re.Match[str]) -> str:
        address = marks.inside(html.unescape(found[2]))
        return f'{found[1]}="{html.escape(address)}"'

    page = _ADDRESS.sub(inside, page)
    page = page.replace("<title>", f"<title>{html.escape(marks.title)} · ", 1)
    sheet = f'<link rel="stylesheet" href="{marks.stylesheet}">\n</head>'
    page = page.replace("</head>", sheet, 1)
    # After the link that skips to the text, which has to be the first of all.
    return page.replace(_TOP, f"{marks.banner}\n{_TOP}", 1)
