"""What the platform keeps for its accounts: tokens, codes, pictures, drafts, links."""

from dataclasses import dataclass, field
from typing import Any, Literal

from wechat_simulator.settings import Kind


@dataclass(kw_only=True)
class Token:
    """An access token; one that has been superseded is answered 40001, an old one 42001."""

    text: str
    account: Kind
    family: Literal["classic", "stable"]
    issued_at: float
    expires_at: float
    dies_at: float | None = None
    """When its successor takes its place."""


@dataclass(kw_only=True)
class Code:
    """A code that is worth something once, for five minutes."""

    purpose: Literal["login", "phone", "oauth"]
    openid: str
    issued_at: float
    used: bool = False
    detail: str = ""
    """The phone number, or the scope of a web log-in."""


@dataclass(kw_only=True)
class WebSession:
    """A web log-in: its token and the one that renews it."""

    token: str
    refresh_token: str
    openid: str
    scope: str
    expires_at: float
    renewable_until: float


@dataclass(kw_only=True)
class Medium:
    """An uploaded file."""

    media_id: str
    account: Kind
    type: str
    name: str
    content_type: str
    body: bytes
    created_at: float


@dataclass(kw_only=True)
class QrCode:
    """A QR code of the official account."""

    ticket: str
    scene: str
    url: str
    expires_at: float | None


@dataclass(kw_only=True)
class Link:
    """A link into the mini-program: URL Link, URL Scheme or Short Link."""

    url: str
    path: str
    query: str
    env_version: str
    created_at: float
    expires_at: float | None


@dataclass(kw_only=True)
class Stored:
    """A text kept under a short key."""

    text: str
    created_at: float
    expires_at: float


@dataclass(kw_only=True)
class Draft:
    """An article that is not published."""

    media_id: str
    articles: list[dict[str, Any]]
    updated_at: float


@dataclass(kw_only=True)
class Publication:
    """A draft on its way to its readers, and what came of it."""

    publish_id: str
    article_id: str
    articles: list[dict[str, Any]]
    submitted_at: float
    status: int = 1
    """0 published, 1 running, 2 original check failed, 3 failed, 4 refused."""
    failed: list[int] = field(default_factory=list)


@dataclass(kw_only=True)
class CallRecord:
    """One call of the service, without its secrets."""

    number: int
    at: float
    rid: str
    method: str
    path: str
    query: dict[str, str]
    body: Any
    account: Kind | None
    status: int
    errcode: int
    fault: str | None
    seconds: float
    client: str
