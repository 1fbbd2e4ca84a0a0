"""What a request's headers ask for, as far as answers differ by it."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal
from urllib.parse import parse_qs

from services import clients

Audience = Literal["browser", "wechat", "android-wechat"]

NOT_IN_304 = frozenset({b"content-length", b"content-type", b"content-encoding"})

_CONDITIONS = frozenset({b"range", b"if-range", b"if-modified-since", b"authorization"})


@dataclass(slots=True)
class Wanted:
    """What one request wants."""

    host: bytes = b""
    encoding: bytes = b"identity"
    user_agent: bytes = b""
    audience: Audience = "browser"
    if_none_match: bytes | None = None
    plain: bool = True
    """No condition and no range: the whole answer is wanted."""

    etag_only: bool = False
    """The only condition is If-None-Match."""


def read(headers: list[tuple[bytes, bytes]]) -> Wanted:
    """Read the headers once."""
    wanted = Wanted()
    conditional = False
    for name, value in headers:
        if name == b"host" and not wanted.host:
            wanted.host = value
        elif name == b"accept-encoding":
            wanted.encoding = encoding(value)
        elif name == b"user-agent":
            wanted.user_agent = value
            wanted.audience = audience(value)
        elif name == b"if-none-match":
            wanted.if_none_match = value
        elif name in _CONDITIONS:
            conditional = True
    wanted.plain = not conditional and wanted.if_none_match is None
    wanted.etag_only = not conditional and wanted.if_none_match is not None
    return wanted


@lru_cache(maxsize=512)
def encoding(accepted: bytes) -> bytes:
    """Choose br, gzip or identity from an Accept-Encoding header."""
    weights = {}
    for part in accepted.decode("latin-1").lower().split(","):
        name, _, rest = part.strip().partition(";")
        weights[name.strip()] = rest.replace(" ", "") not in {
            "q=0",
            "q=0.0",
            "q=0.00",
            "q=0.000",
        }
    for name in ("br", "gzip"):
        if weights.get(name, weights.get("*", False)):
            return name.encode()
    return b"identity"


@lru_cache(maxsize=4096)
def audience(user_agent: bytes) -> Audience:
    """Tell which of the three renderings a page has."""
    agent = user_agent.decode("latin-1")
    if clients.is_android_wechat(agent):
        return "android-wechat"
    return "wechat" if clients.is_wechat_browser(agent) else "browser"


def channel(query: bytes) -> str:
    """Give the value of `ch`, empty where there is none."""
    values = parse_qs(query.decode("latin-1"), max_num_fields=20) if query else {}
    return values.get("ch", [""])[0]


def matches(if_none_match: bytes, etag: bytes | None) -> bool:
    """Compare weakly, as RFC 9110 wants it for If-None-Match."""
    if etag is None:
        return False
    asked = [tag.strip().removeprefix(b"W/") for tag in if_none_match.split(b",")]
    return b"*" in asked or etag.removeprefix(b"W/") in asked
