"""The words that tables and wire share. A value, once sent, never changes.

Everybody imports them from here; which file a word stands in is nobody else's business.
"""

from models.vocabulary.chat import (
    AnswerKind,
    Author,
    DeliveryState,
    MatchKind,
    MessageKind,
    ReplyKind,
    ReplyPart,
    WindowKind,
)
from models.vocabulary.comments import (
    AttachmentCheck,
    CheckReason,
    CheckVerdict,
    FeedbackKind,
    FeedbackRoute,
    FeedbackSource,
    FeedbackState,
    TermSet,
)
from models.vocabulary.people import (
    Account,
    ConsentKind,
    ErasureReason,
    NoticeChannel,
    NoticeKind,
    NoticeState,
    PersonalContactKind,
    RegistrationPhase,
    RegistrationState,
    SessionKind,
)
from models.vocabulary.rounds import (
    ClientKind,
    ContactKind,
    DocumentKind,
    DocumentState,
    Language,
    LinkTarget,
    RoundState,
    VisitKind,
    WebinarState,
)
from models.vocabulary.work import (
    JobState,
    TokenKind,
)

__all__ = [
    "Account",
    "AnswerKind",
    "AttachmentCheck",
    "Author",
    "CheckReason",
    "CheckVerdict",
    "ClientKind",
    "ConsentKind",
    "ContactKind",
    "DeliveryState",
    "DocumentKind",
    "DocumentState",
    "ErasureReason",
    "FeedbackKind",
    "FeedbackRoute",
    "FeedbackSource",
    "FeedbackState",
    "JobState",
    "Language",
    "LinkTarget",
    "MatchKind",
    "MessageKind",
    "NoticeChannel",
    "NoticeKind",
    "NoticeState",
    "PersonalContactKind",
    "RegistrationPhase",
    "RegistrationState",
    "ReplyKind",
    "ReplyPart",
    "RoundState",
    "SessionKind",
    "TermSet",
    "TokenKind",
    "VisitKind",
    "WebinarState",
    "WindowKind",
]
