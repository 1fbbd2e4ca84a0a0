"""微信云托管: who asks, as its gateway says to a container that only callContainer reaches.

Whoever reaches us in another way can write the same headers. So they are believed where
ASI_CLOUD_HOSTING says so, nowhere else, and read by the log-in alone.
"""

from typing import Annotated

from fastapi import Depends, Request

from api.dependencies import CurrentParts
from services import visitors
from services.wechat.gateway import Login

OPENID, UNIONID, APPID, SOURCE = (
    "x-wx-openid",
    "x-wx-unionid",
    "x-wx-appid",
    "x-wx-source",
)
"""What the gateway writes (facts of 2026-11-23, section 11)."""

LONGEST = 64
"""Characters of an openid or unionid, with room: they have 28."""


def refused_where_off(request: Request, parts: CurrentParts) -> None:
    """Refuse who says of themselves who they are, where nobody is asked to.

    Raises:
        HostingIdentityRefused
    """
    posing = any(name in request.headers for name in (OPENID, UNIONID, APPID, SOURCE))
    if posing and not parts.settings.cloud_hosting:
        raise visitors.HostingIdentityRefused


def identity(request: Request, parts: CurrentParts) -> Login:
    """Give who asks; there is no session key, and none is needed.

    Raises:
        HostingIdentityRefused, HostingIdentityMissing
    """
    if not parts.settings.cloud_hosting:
        raise visitors.HostingIdentityRefused
    openid, appid, source = (_only(request, name) for name in (OPENID, APPID, SOURCE))
    if not (openid and source) or appid != parts.settings.mp_appid:
        raise visitors.HostingIdentityMissing
    return Login(openid=openid, unionid=_only(request, UNIONID) or None, session_key="")


Identity = Annotated[Login, Depends(identity)]


def _only(request: Request, name: str) -> str:
    """Give a header that came once and is no longer than an id; what came twice says nothing."""
    [found, *more] = request.headers.getlist(name) or [""]
    return "" if more or len(found) > LONGEST else found
