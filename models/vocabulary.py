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


class RegistrationState(StrEnum):
    """How a registration stands."""

    CONFIRMED = "confirmed"
    """It has a seat."""

    WAITING = "waiting"
    """In the line for the next seat that is free."""

    CANCELLED = "cancelled"


class PersonalContactKind(StrEnum):
    """How somebody who takes part can be reached. Never published, unlike a ContactKind."""

    PHONE = "phone"
    EMAIL = "email"


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


class FeedbackState(StrEnum):
    """Whether feedback still stands."""

    SUBMITTED = "submitted"
    WITHDRAWN = "withdrawn"
    """Its number stays; what it said is gone."""


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


class AnswerKind(StrEnum):
    """Why a push was answered the way it was."""

    RULE = "rule"
    """A keyword, a menu button or a scanned scene."""

    WELCOME = "welcome"
    DEFAULT = "default"
    OUT_OF_HOURS = "out_of_hours"
    HAND_OVER = "hand_over"
    """A person was asked for."""

    NONE = "none"


class ReplyPart(StrEnum):
    """What a reply of the content pack is for."""

    WELCOME = "welcome"
    SCAN = "scan"
    DEFAULT = "default"
    OUT_OF_HOURS = "out_of_hours"
    RULE = "rule"


class ReplyKind(StrEnum):
    """What a visitor is answered with."""

    TEXT = "text"
    NEWS = "news"
    TRANSFER = "transfer"


class MatchKind(StrEnum):
    """How a rule's words are looked for in a message."""

    EXACT = "exact"
    CONTAINS = "contains"


class Author(StrEnum):
    """Who wrote a message: what a visitor wrote came in, all else went out."""

    VISITOR = "visitor"
    AUTOMATIC = "automatic"
    STAFF = "staff"


class MessageKind(StrEnum):
    """What a message holds."""

    TEXT = "text"
    IMAGE = "image"
    VOICE = "voice"
    VIDEO = "video"
    LOCATION = "location"
    LINK = "link"
    PAGE = "page"
    """A page of the mini-program."""

    NEWS = "news"
    OTHER = "other"


class WindowKind(StrEnum):
    """What a visitor did that lets us write to them for a while."""

    MESSAGE = "message"
    FOLLOW = "follow"
    SCAN = "scan"
    MENU = "menu"
    SESSION = "session"
    """Entered the mini-program's customer service."""


class DeliveryState(StrEnum):
    """How far a message on its way to a visitor has come."""

    QUEUED = "queued"
    SENDING = "sending"
    """Asked of WeChat; nothing is known of the outcome yet."""

    SENT = "sent"
    FAILED = "failed"
    EXPIRED = "expired"
    """Its time was over before it could be sent."""

    UNKNOWN = "unknown"
    """WeChat may or may not have taken it: never sent again by itself."""


class ErasureReason(StrEnum):
    """Why a visitor's data had to go."""

    UNFOLLOWED = "unfollowed"
    AUTHORISATION_REVOKED = "authorisation_revoked"
    AUTHORISATION_CANCELLED = "authorisation_cancelled"


class JobState(StrEnum):
    """How far a job has come. One that is done is gone."""

    WAITING = "waiting"
    RUNNING = "running"
    DEAD = "dead"
    """Given up: kept until somebody tries it again or removes it."""

    EXPIRED = "expired"
    """Its deadline passed before it was done."""


class TokenKind(StrEnum):
    """What WeChat gives us for a while, to be shown with each call or signature."""

    ACCESS_TOKEN = "access_token"  # noqa: S105 - a word, not a secret
    JS_TICKET = "js_ticket"
    """What pages in WeChat are signed with before they may use its JS-SDK."""
