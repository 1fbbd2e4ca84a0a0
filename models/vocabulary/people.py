"""The words of those who take part: their sessions, seats, consents and what they are told."""

from enum import StrEnum


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
    PENDING = "pending"
    """Somebody of ours decides whether they may take part. It holds no seat meanwhile."""

    DECLINED = "declined"
    """We said no, and why."""


class DeclineReason(StrEnum):
    """Why somebody may not take part, as they are told."""

    FULL = "full"
    """There are more people than we can have."""

    AUDIENCE = "audience"
    """The webinar is for others."""

    INCOMPLETE = "incomplete"
    """Name or organisation do not tell who it is."""

    OTHER = "other"
    """What our own words say."""


class PersonalContactKind(StrEnum):
    """How somebody who takes part can be reached. Never published, unlike a ContactKind."""

    PHONE = "phone"
    EMAIL = "email"


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
    SEAT_APPROVED = "seat_approved"
    """We said yes, and there is a seat."""

    LINE_APPROVED = "line_approved"
    """We said yes, and all seats are taken: they are in the line."""

    REGISTRATION_DECLINED = "registration_declined"
    ANNOUNCEMENT = "announcement"
    """What somebody of ours has written to all."""

    FOLLOW_UP = "follow_up"
    """The webinar is over, and nobody was checked in: it is not known who came."""

    FOLLOW_UP_ATTENDED = "follow_up_attended"
    FOLLOW_UP_MISSED = "follow_up_missed"
    """They had a seat and were not checked in."""


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
