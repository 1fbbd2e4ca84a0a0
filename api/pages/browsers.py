"""Somebody's browser, known by one cookie of ours.

The cookie is `__Host-` where the service is https: no other host and no plain connection can set
or read it. It is signed, so that nobody is made to use a token that we did not give out.
"""

from dataclasses import dataclass, field

from fastapi import Request
from starlette.responses import Response

from api.dependencies import Parts
from services import visitors


@dataclass(frozen=True)
class Cookie:
    """What a browser is known by, to readers' pages or to the desk: never to both."""

    name: str
    signed: str
    """What the signature is about: one cookie's value is worth nothing as the other's."""

    of_staff: bool = False


READER = Cookie("asi_reader", "readers.cookie")


@dataclass(frozen=True)
class Browser:
    """Somebody's browser; perhaps nobody who has done anything yet."""

    token: str = field(repr=False)
    cookie: Cookie = READER

    @property
    def owner(self) -> str:
        """Name it for answers that are kept for it, without giving its token away."""
        return f"browser {visitors.digest(self.token)}"


def of(request: Request, parts: Parts, cookie: Cookie = READER) -> Browser:
    """Give the browser that asks; one without a cookie of ours gets a new token."""
    name = cookie_name(cookie.name, production=parts.settings.production)
    token, _, signature = request.cookies.get(name, "").partition(".")
    if token and parts.signer.confirms(token, signature, about=cookie.signed):
        return Browser(token, cookie)
    return Browser(visitors.make_token(), cookie)


def remember(response: Response, browser: Browser, parts: Parts) -> None:
    """Let the browser keep its token, for as long as a session lasts without being used."""
    value = f"{browser.token}.{parts.signer.sign(browser.token, about=browser.cookie.signed)}"
    put(
        response, browser.cookie.name, value, seconds=int(visitors.TTL.total_seconds()), parts=parts
    )


def put(response: Response, name: str, value: str, *, seconds: int, parts: Parts) -> None:
    """Set a cookie that no script reads and no other site's form brings along."""
    production = parts.settings.production
    response.set_cookie(
        cookie_name(name, production=production),
        value,
        max_age=seconds,
        path="/",
        secure=production,
        httponly=True,
        samesite="lax",
    )


def cookie_name(name: str, *, production: bool) -> str:
    """Give a cookie's full name; browsers refuse `__Host-` over plain http."""
    return f"__Host-{name}" if production else name
