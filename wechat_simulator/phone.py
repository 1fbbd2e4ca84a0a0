"""The phone in the browser: one page, its script, and the pictures of its chats."""

import re
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from wechat_simulator import media
from wechat_simulator.platform import Platform

FOLDER = Path(__file__).parent
PATH = "/simulator/phone"
HOST = re.compile(r"[A-Za-z0-9.-]+")
PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")
NAMES = {"official_account": "ASI铝业管理倡议", "mini_program": "ASI意见征询"}
"""Whom the chats are with; the platform's API does not know what an account is called."""

_templates = Environment(
    loader=FileSystemLoader(FOLDER / "templates"), autoescape=True, auto_reload=False
)


def routes(platform: Platform) -> list[BaseRoute]:
    """Give the phone's routes."""

    async def show(request: Request) -> Response:
        return _shown(request)

    async def picture(request: Request) -> Response:
        found = media.find(
            platform.state, request.path_params["media_id"], now=platform.clock.now()
        )
        if found is None or found.content_type not in PICTURES:
            return Response(status_code=404)
        headers = {"cache-control": "private, max-age=3600", "x-content-type-options": "nosniff"}
        return Response(found.body, media_type=found.content_type, headers=headers)

    return [
        Route(PATH, show),
        Route(f"{PATH}/media/{{media_id}}", picture),
        Mount(f"{PATH}/static", _Static(directory=FOLDER / "static")),
    ]


class _Static(StaticFiles):
    """Files that are asked for again each time: whoever works on the phone sees the newest."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:  # noqa: ANN401 - its parent's
        answer = super().file_response(*args, **kwargs)
        answer.headers["cache-control"] = "no-cache"
        answer.headers["x-content-type-options"] = "nosniff"
        return answer


def _shown(request: Request) -> Response:
    host, port = request.url.hostname or "", request.url.port
    if port is None or not HOST.fullmatch(host):
        return Response("The phone needs a host and a port in its address.", status_code=400)
    browser = f"{request.url.scheme}://{host}:{port + 1}"
    policy = (
        f"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self' {browser}; "
        f"img-src 'self' data: {browser}; frame-src {browser}; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    )
    page = _templates.get_template("phone.html").render(browser=browser, names=NAMES)
    headers = {
        "content-security-policy": policy,
        "cache-control": "no-store",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
    }
    return HTMLResponse(page, headers=headers)
