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


class ContactKind(StrEnum):
    """What a contact's value is: a WeChat id that looks like a number is not a phone to dial."""

    PHONE = "phone"
    WECHAT_ID = "wechat_id"
    WECHAT_PICTURE = "wechat_picture"
    EMAIL = "email"
