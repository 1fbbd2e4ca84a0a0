"""The words of conversations and of how they are answered."""

from enum import StrEnum


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


class ConversationStatus(StrEnum):
    """What is to be done about a conversation."""

    OPEN = "open"
    """Ours to answer, or nothing yet."""

    WAITING = "waiting"
    """The visitor's to answer: a person of ours wrote last."""

    RESOLVED = "resolved"
    """Nothing more to do; a thank-you does not open it again."""


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
