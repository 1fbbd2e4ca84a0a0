"""What WeChat refuses, as classes: by its errcode, never by its words.

A refusal carries the path, the errcode and the rid, WeChat's number of the call. It carries nothing
that was sent and none of WeChat's own words, so it may be logged and shown.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from models.vocabulary import Language
from services import texts
from services.errors import Unavailable

LONGEST_DETAIL = 64
"""Characters of a rid, a field's name or an address that are kept."""

_RID = re.compile(r"\brid: ?([0-9A-Za-z-]+)")
_ADDRESS = re.compile(r"invalid ip ([0-9a-fA-F.:]+)")
_FIELD = re.compile(r"\bdata\.(\w+)\.value")


class WeChatError(Unavailable):
    """WeChat did not do what it was asked, or could not be asked."""

    code = "wechat_refused"

    def __init__(
        self, *, path: str, errcode: int | None = None, rid: str | None = None, **values: str | int
    ) -> None:
        """Keep which call it was and what WeChat calls the reason."""
        self.path = path
        self.errcode = errcode
        self.rid = rid
        super().__init__(path=path, **values)

    def sentence(self, language: Language) -> str:
        """Say what is wrong and, when WeChat said so, by which of its codes."""
        said = texts.say(
            f"refusals.{self.code}",
            language,
            **(self.values | {"explanation": self.explanation(language)}),
        )
        return said + self._reference(language)

    def explanation(self, language: Language) -> str:
        """Say what the errcode means and what to do about it."""
        key = f"wechat.errors.{self.errcode}"
        return texts.say(key if texts.known(key) else "wechat.errors.other", language)

    def _reference(self, language: Language) -> str:
        if self.errcode is None:
            return texts.say("wechat.call", language, path=self.path)
        key = "wechat.reference_rid" if self.rid else "wechat.reference"
        return texts.say(key, language, path=self.path, errcode=self.errcode, rid=self.rid or "")


class NotReached(WeChatError):
    """No connection to WeChat could be made: it has not heard of the call."""

    code = "wechat_not_reached"


class CallsPaused(NotReached):
    """WeChat has failed so often in a row that it is not asked for a while."""

    code = "wechat_paused"


class Lost(StrEnum):
    """How an answer got lost."""

    TIMEOUT = "timeout"
    DISCONNECTED = "disconnected"
    STATUS = "status"
    """Its HTTP status is not WeChat's, which is always 200: somebody in between answered."""

    TOO_LARGE = "too_large"
    UNREADABLE = "unreadable"


class AnswerLost(WeChatError):
    """WeChat's answer did not arrive, or cannot be read. Asking again does no harm."""

    code = "wechat_answer_lost"

    def explanation(self, language: Language) -> str:
        """Say how it got lost."""
        return texts.say(f"wechat.lost.{self.values['reason']}", language, **self.values)


class OutcomeUnknown(AnswerLost):
    """The answer to a call that must not be repeated was lost: it may have taken effect."""

    code = "wechat_outcome_unknown"


class SystemBusy(WeChatError):
    """WeChat's system is busy."""

    code = "wechat_busy"


class RateLimited(WeChatError):
    """Too many calls for one of WeChat's limits, of a second, a minute or a day."""

    code = "wechat_rate_limited"


class TokenInvalid(WeChatError):
    """WeChat does not accept the access token, not even a new one."""

    code = "wechat_token_invalid"


class CredentialsRefused(WeChatError):
    """WeChat does not know the app id, or the secret does not belong to it."""

    code = "wechat_credentials_refused"


class NotInWhitelist(WeChatError):
    """Our address is not on the account's white list; `address` is ours as WeChat sees it."""

    code = "wechat_address_refused"


class NotEntitled(WeChatError):
    """The account has no right to this."""

    code = "wechat_not_entitled"


class OpenidUnknown(WeChatError):
    """The openid is none of this account's."""

    code = "wechat_openid_unknown"


class CodeInvalid(WeChatError):
    """A code for a login or a phone number is wrong or too old."""

    code = "wechat_code_invalid"


class CodeUsed(CodeInvalid):
    """A code for a login was used before."""

    code = "wechat_code_used"


class UserBlocked(WeChatError):
    """WeChat takes the person for a risk and lets them not log in."""

    code = "wechat_user_blocked"


class WindowClosed(WeChatError):
    """The time in which we may write to this person is over."""

    code = "wechat_window_closed"


class QuotaUsedUp(WeChatError):
    """The person has been sent as many messages as WeChat allows."""

    code = "wechat_quota_used_up"


class NotSubscribed(WeChatError):
    """The person has not allowed this message, or the permit is spent."""

    code = "wechat_not_subscribed"


class ValueRefused(WeChatError):
    """A value breaks a rule of WeChat's; `field` names it if WeChat did."""

    code = "wechat_value_refused"


class TemplateUnknown(WeChatError):
    """The account has no such template."""

    code = "wechat_template_unknown"


class MediaNotFound(WeChatError):
    """There is no such file at WeChat, or no longer."""

    code = "wechat_media_not_found"


class PageUnknown(WeChatError):
    """The released mini-program has no such page."""

    code = "wechat_page_unknown"


class MenuMissing(WeChatError):
    """The account has no menu."""

    code = "wechat_menu_missing"


class VisitTooOld(WeChatError):
    """The person has not been in the mini-program in the last two hours."""

    code = "wechat_visit_too_old"


BY_ERRCODE: Mapping[int, type[WeChatError]] = {
    -1: SystemBusy,
    40001: TokenInvalid,
    40014: TokenInvalid,
    42001: TokenInvalid,
    40013: CredentialsRefused,
    40125: CredentialsRefused,
    40243: CredentialsRefused,
    40164: NotInWhitelist,
    48001: NotEntitled,
    48004: NotEntitled,
    48008: NotEntitled,
    85407: NotEntitled,
    40003: OpenidUnknown,
    40029: CodeInvalid,
    40163: CodeUsed,
    40226: UserBlocked,
    45015: WindowClosed,
    45047: QuotaUsedUp,
    43101: NotSubscribed,
    47003: ValueRefused,
    40037: TemplateUnknown,
    40007: MediaNotFound,
    41030: PageUnknown,
    46003: MenuMissing,
    61010: VisitTooOld,
    45009: RateLimited,
    45011: RateLimited,
    44990: RateLimited,
    44991: RateLimited,
    44993: RateLimited,
}


def of_answer(path: str, answer: Mapping[str, Any]) -> WeChatError:
    """Make the refusal that WeChat's answer is."""
    errcode, words = int(answer["errcode"]), str(answer.get("errmsg", ""))
    kind = BY_ERRCODE.get(errcode, WeChatError)
    values: dict[str, str | int] = {}
    if kind is NotInWhitelist:
        values["address"] = _found(_ADDRESS, words) or "?"
    if kind is ValueRefused:
        values["field"] = _found(_FIELD, words) or "?"
    return kind(path=path, errcode=errcode, rid=_found(_RID, words), **values)


def word(error: WeChatError) -> str:
    """Say in one word of a known few what became of a call, to count it by."""
    match error:
        case AnswerLost():
            return str(error.values["reason"])
        case NotReached():
            return "not_reached"
        case _:
            return str(error.errcode) if error.errcode in BY_ERRCODE else "other"


def _found(pattern: re.Pattern[str], words: str) -> str | None:
    match = pattern.search(words)
    return match.group(1)[:LONGEST_DETAIL] if match else None
