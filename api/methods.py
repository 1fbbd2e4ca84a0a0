"""The methods of an address: all of them in `Allow`, and PATCH for those who cannot say it.

`wx.request` knows no PATCH. A mini-program sends POST with `X-HTTP-Method-Override: PATCH` instead;
no other method can be named, and nothing outside /v1 listens to the header.
"""

from fastapi import Request
from starlette.datastructures import Headers
from starlette.routing import Match
from starlette.types import ASGIApp, Receive, Scope, Send

OVERRIDE = "X-HTTP-Method-Override"
BELOW = "/v1/"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


class MethodOverride:
    """Lets a POST that says so find its PATCH route."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if _means_patch(scope):
            scope = {**scope, "method": "PATCH"}
        await self._app(scope, receive, send)


def allowed(request: Request) -> str:
    """List what can be done at an address; the framework would name its first route's only."""
    return ", ".join(method for method in METHODS if _has_route(request, method))


def _has_route(request: Request, method: str) -> bool:
    scope = {**request.scope, "method": method}
    return any(route.matches(scope)[0] is Match.FULL for route in request.app.router.routes)


def _means_patch(scope: Scope) -> bool:
    if scope["type"] != "http" or scope["method"] != "POST" or not scope["path"].startswith(BELOW):
        return False
    return Headers(scope=scope).get(OVERRIDE, "").upper() == "PATCH"
