"""What WeChat tells us of what we sent, of our accounts, and of visitors' data."""

from collections.abc import Iterable
from dataclasses import dataclass

from services.wechat.markup import Fields
from services.wechat.push_shapes import (
    Event,
    Push,
    inside,
    mappings,
    number,
    seconds,
    told,
    words,
    words_or_none,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateSent(Event):
    """A template message has come to an end, good or bad."""

    message_id: int = told(number, "MsgID", "MsgId")
    status: str = told(words, "Status")
    """success, `failed:user block` or `failed: system failed`."""

    def _particulars(self) -> Iterable[str]:
        return (str(self.message_id),)


@dataclass(frozen=True, slots=True, kw_only=True)
class MassSent(Event):
    """A message to many has been sent."""

    message_id: int = told(number, "MsgID", "MsgId")
    status: str = told(words, "Status")
    total: int = told(number, "TotalCount")
    filtered: int = told(number, "FilterCount")
    sent: int = told(number, "SentCount")
    failed: int = told(number, "ErrorCount")

    def _particulars(self) -> Iterable[str]:
        return (str(self.message_id),)


_ARTICLES = inside("article_detail", inside("item", mappings))


def article_urls(value: object) -> tuple[str, ...]:
    """Read where published articles are."""
    return tuple(words(item.get("article_url")) for item in _ARTICLES(value))


def positions(value: object) -> tuple[int, ...]:
    """Read the positions of articles; one alone may come without its list."""
    listed = value if isinstance(value, list) else [value]
    return tuple(number(item) for item in listed if item is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticlePublished(Event):
    """The publishing of a draft has come to an end, good or bad."""

    publish_id: str = told(inside("publish_id", words), "PublishEventInfo")
    status: int = told(inside("publish_status", number), "PublishEventInfo")
    """0 published, 1 under way; 2 to 6 are reasons why not."""

    article_id: str = told(inside("article_id", words), "PublishEventInfo")
    urls: tuple[str, ...] = told(article_urls, "PublishEventInfo")
    failed_positions: tuple[int, ...] = told(inside("fail_idx", positions), "PublishEventInfo")

    def _particulars(self) -> Iterable[str]:
        return (self.publish_id, str(self.status))


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaChecked(Event):
    """WeChat has looked at a picture or a recording that a visitor gave us."""

    appid: str = told(words, "appid")
    trace_id: str = told(words, "trace_id")
    version: int = told(number, "version")
    error_code: int = told(number, "errcode")
    """0 once it was looked at; -1008 when WeChat could not fetch it."""

    suggestion: str = told(inside("suggest", words), "result")
    """pass, review or risky; empty where nothing was looked at."""

    label: int = told(inside("label", number), "result")
    details: tuple[Fields, ...] = told(mappings, "detail")

    def _particulars(self) -> Iterable[str]:
        return (self.trace_id,)


@dataclass(frozen=True, slots=True, kw_only=True)
class UserDataEvent(Event):
    """Something about a visitor's data; WeChat, not the visitor, is its sender."""

    subject_openid: str = told(words, "OpenID")
    union_id: str | None = told(words_or_none, "UnionID")
    appid: str = told(words, "AppID")
    revoked: str = told(words, "RevokeInfo")
    """Which data, as WeChat's numbers: 6 name and picture, 8 phone, 16 e-mail, and others."""

    def _particulars(self) -> Iterable[str]:
        return (self.subject_openid, self.revoked)


@dataclass(frozen=True, slots=True, kw_only=True)
class UserInfoModified(UserDataEvent):
    """A visitor changed what WeChat shows of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationRevoked(UserDataEvent):
    """A visitor took back the permission to some of their data: those have to go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationCancelled(UserDataEvent):
    """A visitor left the mini-program for good: all we hold of them has to go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSession(Event):
    """Somebody at WeChat's own customer-service desk takes up or leaves a conversation."""

    service_account: str = told(words, "KfAccount")

    def _particulars(self) -> Iterable[str]:
        return (self.service_account,)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSessionOpened(ServiceSession):
    """A conversation was taken up at WeChat's desk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSessionClosed(ServiceSession):
    """A conversation was ended at WeChat's desk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSessionMoved(ServiceSession):
    """A conversation went from one at WeChat's desk to another."""

    service_account: str = told(words, "ToKfAccount")
    previous_account: str = told(words, "FromKfAccount")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceNoticeSent(Event):
    """A service notice has come to an end, good or bad; `fields` tells which."""

    def _particulars(self) -> Iterable[str]:
        return (self._digest(),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification(Event):
    """Where the yearly verification of an account stands."""

    expires_at: int = told(seconds, "ExpiredTime")
    """Seconds since 1970; 0 where it failed."""

    failed_at: int = told(seconds, "FailTime")
    """Seconds since 1970; 0 where it did not fail."""

    reason: str = told(words, "FailReason")


@dataclass(frozen=True, slots=True, kw_only=True)
class QualificationVerified(Verification):
    """The qualification was accepted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QualificationRefused(Verification):
    """The qualification was refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NameVerified(Verification):
    """The account's name was accepted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NameRefused(Verification):
    """The account's name was refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewalDue(Verification):
    """The verification has to be renewed soon."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationExpired(Verification):
    """The verification has run out: functions are missing from now on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MiniProgramPunished(Event):
    """The mini-program was warned or cut back."""

    kind: int = told(number, "event_type")
    """1 warned, 2 functions taken, 3 taken down, 4 account barred; the documents part on 5, 10."""

    def _particulars(self) -> Iterable[str]:
        return (self._digest(),)


@dataclass(frozen=True, slots=True, kw_only=True)
class PathChecked(Push):
    """Cloud hosting asks whether somebody answers here."""

    action: str = told(words, "action")
