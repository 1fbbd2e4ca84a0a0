"""The words of a round and of what it offers."""

from enum import StrEnum


class Language(StrEnum):
    """A language people read here; as a BCP 47 tag."""

    ZH = "zh"
    EN = "en"


class RoundState(StrEnum):
    """Where a consultation stands; decided by the server's clock alone."""

    FORTHCOMING = "forthcoming"
    OPEN = "open"
    CLOSING_SOON = "closing_soon"
    CLOSED = "closed"
    RESPONDING = "responding"
    PUBLISHED = "published"


class DocumentKind(StrEnum):
    """What a document is for."""

    DRAFT = "draft"
    RESOURCE = "resource"
    FORM = "form"


class DocumentState(StrEnum):
    """Whether a document can be had, and where."""

    ANNOUNCED = "announced"
    """Named, but neither an address nor a file is known yet."""

    LINKED = "linked"
    """To be had at its official address."""

    MIRRORED = "mirrored"
    """A checked copy is served here."""


class WebinarState(StrEnum):
    """Where a webinar stands at an instant."""

    UPCOMING = "upcoming"
    UNDER_WAY = "under_way"
    ENDED = "ended"


class LinkTarget(StrEnum):
    """What a short link leads to."""

    PAGE = "page"
    """A path of this service."""

    URL = "url"
    """An https address on an allow-listed host."""

    HUB = "hub"
    """The hub of the round that is current when the link is followed."""


class RuleTarget(StrEnum):
    """What a rule lets a short link lead to."""

    PAGE = "page"
    URL = "url"
    HUB = "hub"
    LANDING = "landing"
    """Our page that says how to go on: in the mini-program, in WeChat, in this browser."""


class ClientKind(StrEnum):
    """The program that followed a link, as told by its user agent."""

    WECHAT = "wechat"
    MINI_PROGRAM = "mini_program"
    WECHAT_DESKTOP = "wechat_desktop"
    WECOM = "wecom"
    BROWSER = "browser"
    BOT = "bot"


class VisitKind(StrEnum):
    """Whether somebody went there, or a program only looked."""

    VISIT = "visit"
    SCAN = "scan"
    """By a printed code of its own, so from paper or a screen and not by a click."""

    PROBE = "probe"
    """A HEAD request: previews and link checkers ask so; a person never does."""


class VisitorScope(StrEnum):
    """In what respect different devices are counted."""

    LINK = "link"
    CODE = "code"
    """A printed code of its own."""

    CHANNEL = "channel"
    """Whoever followed a link or scanned a code of it."""

    READING = "reading"
    """Whoever opened one of our pages having come by a channel."""


class ContactKind(StrEnum):
    """What a contact's value is: a WeChat id that looks like a number is not a phone to dial."""

    PHONE = "phone"
    WECHAT_ID = "wechat_id"
    WECHAT_PICTURE = "wechat_picture"
    """The code by which somebody is added in WeChat, as a picture."""

    WECHAT_GROUP = "wechat_group"
    """The code by which a WeChat group is joined, as a picture that WeChat ends after 7 days."""

    EMAIL = "email"


class WeChatCodeKind(StrEnum):
    """What WeChat makes for us that leads to a short link. The words stand in addresses too."""

    OFFICIAL_ACCOUNT = "official-account"
    """A parametric QR code of the official account, for ever."""

    TEMPORARY = "temporary"
    """One that lives for at most 30 days."""

    MINI_PROGRAM = "mini-program"
    """A mini-program code, for ever."""

    URL_LINK = "url-link"
    """An https link that opens the mini-program, for at most 30 days."""
