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


class SessionKind(StrEnum):
    """What carries a session's token; a token of one kind is worth nothing as the other."""

    MINI_PROGRAM = "mini_program"
    """The header of the mini-program's requests."""

    PAGES = "pages"
    """The cookie of our own pages: browsers send it by themselves, so `/v1` never takes it."""


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


class RegistrationPhase(StrEnum):
    """Whether one may register for a webinar at an instant."""

    NOT_OPEN = "not_open"
    OPEN = "open"
    CLOSED = "closed"
    ELSEWHERE = "elsewhere"
    """Seats are given by a form outside this service."""


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


class FeedbackKind(StrEnum):
    """What somebody sends. Only comments stand in the numbered log; questions are for answering."""

    COMMENT = "comment"
    QUESTION = "question"


class FeedbackSource(StrEnum):
    """How feedback came in; told by the door it came through, never by its sender."""

    MINI_PROGRAM = "mini_program"
    H5 = "h5"
    CHAT = "chat"
    ON_BEHALF = "on_behalf"
    """Entered by staff for somebody who wrote, mailed or called."""


class AttachmentCheck(StrEnum):
    """Whether an attachment may be shown."""

    UNCHECKED = "unchecked"
    PASSED = "passed"
    HELD = "held"
    """Shown to nobody until a person has looked at it."""


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


class NoticeKind(StrEnum):
    """What somebody who takes part is told without having asked just now."""

    SEAT_CONFIRMED = "seat_confirmed"
    """They registered and have a seat. The screen has said so; this one is for the mailbox."""

    SEAT_PROMOTED = "seat_promoted"
    """A seat became free, and it is theirs."""

    SEAT_CANCELLED = "seat_cancelled"
    """They gave their seat up; this one takes it out of their calendar again."""

    REMINDER_DAY = "reminder_day"
    REMINDER_SOON = "reminder_soon"
    COMMENT_ANSWERED = "comment_answered"


class NoticeChannel(StrEnum):
    """A way to reach somebody who takes part."""

    SUBSCRIPTION = "subscription"
    """A subscribe message of the mini-program, for one permit."""

    CONVERSATION = "conversation"
    """A customer-service message, while WeChat's window is open."""

    EMAIL = "email"


class NoticeState(StrEnum):
    """How far a notice has come."""

    PLANNED = "planned"
    SENDING = "sending"
    """A call is about to be made, or was; nothing is known of its outcome yet."""

    SENT = "sent"
    FAILED = "failed"
    """No channel that was open took it."""

    NONE = "none"
    """No channel was open, or it had become pointless: nothing was sent."""

    UNKNOWN = "unknown"
    """It may or may not have arrived: never sent again by itself."""


class ErasureReason(StrEnum):
    """Why a visitor's data had to go."""

    UNFOLLOWED = "unfollowed"
    AUTHORISATION_REVOKED = "authorisation_revoked"
    AUTHORISATION_CANCELLED = "authorisation_cancelled"
    REQUESTED = "requested"
    """They asked us to forget them."""


class ConsentKind(StrEnum):
    """What somebody is asked to agree to, each by itself."""

    NOTICE = "notice"
    """That what they send is handled as the privacy notice says."""

    CONTACT = "contact"
    PUBLISH_TEXT = "publish_text"
    PUBLISH_NAME = "publish_name"
    TRANSFER_ABROAD = "transfer_abroad"
    """That it is given to ASI in Australia."""


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


class CheckVerdict(StrEnum):
    """What came of checking something that was sent to us."""

    PENDING = "pending"
    PASSED = "passed"
    RISKY = "risky"
    """WeChat takes it for unlawful or offensive; a person decides."""

    NEEDS_REVIEW = "needs_review"
    """Held for a person: WeChat is not sure, or has not looked at it."""


class CheckReason(StrEnum):
    """Where a verdict comes from."""

    JUDGED = "judged"
    IMPOSSIBLE = "impossible"
    """WeChat checks only for people in the mini-program: not what a page or the account took."""

    REFUSED = "refused"
    """WeChat would not look at it."""

    LATE = "late"
    """WeChat could not be asked in time."""

    PERSON = "person"
    """Somebody of ours looked at it."""
