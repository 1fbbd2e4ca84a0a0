"""How much one address may write in a minute, looked at before anything of a request is read."""

from fastapi import FastAPI
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from api import problems, proxies
from api.pages import introductions
from services.runtime import limiting, networks
from services.runtime.limiting import Limit, Limiter, TooManyRequests

OWN_LIMITS: dict[tuple[str, str], Limit] = {
    ("POST", "/v1/login"): limiting.LOGINS,
    ("GET", introductions.BACK): limiting.LOGINS,
    ("POST", "/staff/login"): limiting.STAFF_LOGINS,
    ("POST", "/staff/login/code"): limiting.STAFF_LOGINS,
}
"""The addresses at which somebody says who they are."""


class AddressLimits:
    """Refuses whoever asks too much, told apart by address; reading is free.

    An address that is not of the public network is a proxy's that ASI_TRUSTED_PROXIES does not
    name, or our own: whoever is behind it must not pay for each other, so it is not counted.
    """

    def __init__(self, inner: ASGIApp, *, application: FastAPI, limiter: Limiter) -> None:
        """Wrap an application."""
        self._inner = inner
        self._application = application
        self._limiter = limiter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one request through, or say when to come again."""
        limit = limit_of(scope) if scope["type"] == "http" else None
        asker = networks.of_client(proxies.client_address(scope)) if limit else None
        try:
            if limit is not None and asker is not None:
                await self._limiter.take(limit, asker)
        except TooManyRequests as refusal:
            request = Request({**scope, "app": self._application})
            await problems.refused(request, refusal)(scope, receive, send)
            return
        await self._inner(scope, receive, send)


def limit_of(scope: Scope) -> Limit | None:
    """Give the limit that a request counts for, None for what anybody may do without end."""
    method, path = scope["method"], scope["path"]
    if own := OWN_LIMITS.get((method, path)):
        return own
    if method in problems.READING:
        return None
    return limiting.WRITES if path.startswith("/v1/") else limiting.FORMS
