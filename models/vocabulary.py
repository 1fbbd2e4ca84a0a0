"""The words that tables and wire share. A value, once sent, never changes."""

from enum import StrEnum


class Language(StrEnum):
    """A language people read here; as a BCP 47 tag."""

    ZH = "zh"
    EN = "en"


class Account(StrEnum):
    """One of our two identities at WeChat; an openid belongs to one of them."""

    OFFICIAL_ACCOUNT = "official_account"
    MINI_PROGRAM = "mini_program"


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


class ContactKind(StrEnum):
    """What a contact's value is: a WeChat id that looks like a number is not a phone to dial."""

    PHONE = "phone"
    WECHAT_ID = "wechat_id"
    WECHAT_PICTURE = "wechat_picture"
    EMAIL = "email"


class FeedbackRoute(StrEnum):
    """A way to comment that exists beside this service's own short form."""

    SURVEY = "survey"
    EXCEL_BY_EMAIL = "excel_by_email"
    EMAIL = "email"


class TermSet(StrEnum):
    """The lists people choose from when they comment or are answered."""

    TOPIC = "topic"
    STAKEHOLDER = "stakeholder"
    COMMENT_TYPE = "comment_type"
    STANCE = "stance"
    DISPOSITION = "disposition"


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
    PROBE = "probe"
    """A HEAD request: previews and link checkers ask so; a person never does."""
