"""The door to WeChat in our words: what our two accounts can do, and what they give.

Whatever is refused, or cannot be asked, is a `services.wechat.refusals.WeChatError`.
The limits are WeChat's own; “facts” is what its documentation said when it was read, 2026-11-23.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol

MediaKind = Literal["image", "voice", "video", "thumb"]
Suggestion = Literal["pass", "review", "risky"]
CheckedKind = Literal["audio", "image"]
Release = Literal["release", "trial", "develop"]


@dataclass(frozen=True)
class Media:
    """A file from WeChat."""

    content_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class UploadedMedia:
    """A file at WeChat."""

    media_id: str
    created_at: datetime | None = None
    """None for one that is kept for good; others are kept for 3 days (facts, section 2.2)."""


@dataclass(frozen=True, kw_only=True)
class Page:
    """A card that opens a page of the mini-program."""

    title: str
    path: str
    thumb_media_id: str
    appid: str = ""
    """The mini-program's; an official account has to name it."""


@dataclass(frozen=True)
class Choice:
    """One entry of a menu that is sent as a message; tapping it sends `words` with its id."""

    id: str
    words: str


@dataclass(frozen=True)
class Quota:
    """How often an endpoint may be called in a day, and how often it was."""

    daily_limit: int
    used: int
    left: int


@dataclass(frozen=True)
class CallRecord:
    """What WeChat remembers of one call of ours, for seven days."""

    called_at: datetime
    milliseconds: int
    errcode: int | None


@dataclass(frozen=True, kw_only=True)
class Template:
    """One of the account's templates for subscribe messages."""

    id: str
    title: str
    content: str
    long_term: bool
    choices: Mapping[str, Sequence[str]]
    """By key, the only values that a key of the type enum takes."""


@dataclass(frozen=True, kw_only=True)
class QrCode:
    """A code that leads to the official account, and says from where."""

    ticket: str
    url: str
    """What the picture has to say; any QR code will do."""

    lifetime: timedelta | None
    """None for a permanent one, of which an account has 100,000 for life (facts, section 7.2)."""


@dataclass(frozen=True, kw_only=True)
class Article:
    """An article for the draft box."""

    title: str
    """At most 32 characters (facts, section 8.3)."""

    content: str
    """HTML below 20,000 characters; links to elsewhere and scripts are taken out of it."""

    cover_media_id: str
    """Of a picture that is kept for good."""

    source_url: str = ""
    """Where 阅读原文 leads; hardly to be changed once it is published."""

    author: str = ""
    """At most 16 characters."""

    digest: str = ""
    """At most 128 characters; empty takes the first 54 of the content."""


PublicationState = Literal["published", "under_way", "refused", "failed", "deleted", "banned"]


@dataclass(frozen=True, kw_only=True)
class Publication:
    """How far publishing a draft has come."""

    state: PublicationState
    urls: tuple[str, ...]
    failed: tuple[int, ...]
    """Numbers of the articles that were refused, from 1."""


@dataclass(frozen=True, kw_only=True)
class PageSignature:
    """What a page needs before it may use WeChat's JS-SDK; nothing in it is secret."""

    appid: str
    nonce: str
    timestamp: int
    signature: str


@dataclass(frozen=True, kw_only=True)
class WebLogin:
    """Who a code of a web login stands for."""

    openid: str = field(repr=False)
    unionid: str | None = field(default=None, repr=False)
    snapshot: bool = False
    """A made-up person of WeChat's snapshot mode: not to be kept (facts, section 3)."""


@dataclass(frozen=True, kw_only=True)
class Login:
    """Who a code of the mini-program's login stands for."""

    openid: str = field(repr=False)
    unionid: str | None = field(default=None, repr=False)
    session_key: str = field(repr=False)
    """Never leaves the server (facts, section 3)."""


@dataclass(frozen=True, kw_only=True)
class PhoneNumber:
    """A person's phone number."""

    number: str = field(repr=False)
    country_code: str


@dataclass(frozen=True, kw_only=True)
class TextCheck:
    """What WeChat thinks of a text. `review` is for people to decide."""

    suggestion: Suggestion
    label: int
    trace_id: str


@dataclass(frozen=True, kw_only=True)
class UrlLink:
    """What a link into the mini-program leads to."""

    path: str
    query: str
    created_at: datetime
    expires_at: datetime | None


class WeChatAccount(Protocol):
    """What both accounts can do."""

    async def send_text(self, openid: str, text: str) -> None:
        """Send a text of at most 2,048 bytes, within the person's window and its count.

        5 messages in the 48 h after the person wrote; 3 in the minute after a tap on the menu, a
        scan or following; 2 in the minute after entering the mini-program's chat. They don't add up
        (facts, section 2.2). Never asked twice.
        """

    async def send_image(self, openid: str, media_id: str) -> None:
        """Send a picture, within the same window."""

    async def send_link(
        self, openid: str, *, title: str, description: str, url: str, picture_url: str
    ) -> None:
        """Send a card that opens an address, within the same window."""

    async def send_page(self, openid: str, page: Page) -> None:
        """Send a card that opens a page of the mini-program, within the same window."""

    async def show_typing(self, openid: str, *, typing: bool = True) -> None:
        """Show for 15 s that somebody is typing, or end it; only 30 s after an exchange."""

    async def upload_media(self, kind: MediaKind, media: Media) -> UploadedMedia:
        """Leave a file of at most 2 MB (a thumb: 64 kB) with WeChat for 3 days."""

    async def fetch_media(self, media_id: str) -> Media:
        """Fetch a file by its id; a person's is kept for 3 days."""

    async def templates(self) -> list[Template]:
        """Give the account's templates, at most 50."""

    async def callback_addresses(self) -> tuple[str, ...]:
        """Give the addresses WeChat pushes from. They change; the signature is what counts."""

    async def quota(self, path: str) -> Quota:
        """Give an endpoint's daily quota."""

    async def look_up(self, rid: str) -> CallRecord:
        """Give what WeChat remembers of a call, for 7 days."""

    async def check_credentials(self) -> None:
        """Ask whether WeChat knows app id and secret and lets our address in."""


class OfficialAccount(WeChatAccount, Protocol):
    """What the official account can do."""

    async def send_choices(
        self, openid: str, choices: Sequence[Choice], *, head: str = "", tail: str = ""
    ) -> None:
        """Send a menu as a message, within the window of `send_text`."""

    async def send_notice(
        self,
        openid: str,
        *,
        template_id: str,
        values: Mapping[str, str],
        url: str = "",
        page: Page | None = None,
    ) -> None:
        """Send a subscription notice and spend one permit; opens an address or a page."""

    async def menu(self) -> list[dict[str, Any]] | None:
        """Give the menu in force as WeChat writes it, None when there is none."""

    async def set_menu(self, buttons: Sequence[Mapping[str, Any]]) -> None:
        """Put a menu in force, as WeChat writes it; phones show it within 5 minutes."""

    async def delete_menu(self) -> None:
        """Take the menu away."""

    async def create_qr_code(self, scene: str, *, lifetime: timedelta | None = None) -> QrCode:
        """Make a code for a scene of 1 to 64 characters; at most for 30 days, or for good."""

    async def add_cover(self, picture: Media) -> UploadedMedia:
        """Leave a picture with WeChat for good."""

    async def add_draft(self, article: Article) -> str:
        """Put an article into the draft box and give its id. Never asked twice."""

    async def publish(self, draft_id: str) -> str:
        """Begin to publish a draft and give the publication's id. Never asked twice."""

    async def publication(self, publication_id: str) -> Publication:
        """Tell how far publishing has come."""

    async def sign_page(self, url: str) -> PageSignature:
        """Sign a page's address, as the browser has it, for the JS-SDK."""

    async def log_in(self, code: str) -> WebLogin:
        """Give who a web login's code stands for; a code works once, for 5 minutes."""


class MiniProgram(WeChatAccount, Protocol):
    """What the mini-program can do."""

    async def log_in(self, code: str) -> Login:
        """Give who a login code stands for; a code works once, for 5 minutes."""

    async def phone_number(self, code: str) -> PhoneNumber:
        """Give the number that a code stands for; once, for 5 minutes, and it costs ¥0.03."""

    async def send_subscription(
        self,
        openid: str,
        *,
        template_id: str,
        values: Mapping[str, str],
        page: str = "",
        language: Literal["zh_CN", "en_US"] = "zh_CN",
        release: Release = "release",
    ) -> None:
        """Send a subscribe message and spend one permit. Never asked twice.

        Not two at once to one person: WeChat refuses with 43108.
        """

    async def code_picture(
        self,
        scene: str,
        *,
        page: str = "",
        width: int = 430,
        release: Release = "release",
        checked: bool = True,
    ) -> Media:
        """Draw a mini-program code with a scene of 1 to 32 characters; 5,000 in a minute.

        `page` has no slash in front and no query, and is in the released version if `checked`.
        """

    async def url_link(
        self, *, path: str, query: str, expires_at: datetime, release: Release = "release"
    ) -> str:
        """Make an https link that opens the mini-program; at most 30 days, 500,000 in a day."""

    async def url_link_target(self, url: str) -> UrlLink:
        """Tell what a link of `url_link` leads to."""

    async def check_text(self, text: str, *, openid: str, scene: int = 2) -> TextCheck:
        """Ask what WeChat thinks of a text of at most 2,500 characters.

        The person must have been in the mini-program in the last 2 h; 4,000 in a minute.
        """

    async def check_media(self, url: str, *, kind: CheckedKind, openid: str, scene: int = 2) -> str:
        """Have a file checked and give the trace id; the outcome is pushed within 30 minutes."""
