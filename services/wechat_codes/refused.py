"""What WeChat refuses when it is asked for a code, as sentences that say what to do instead."""

from models.vocabulary import Language, WeChatCodeKind
from services import texts
from services.wechat.refusals import (
    AnswerLost,
    MediaNotFound,
    NotEntitled,
    OutcomeUnknown,
    PageUnknown,
    WeChatError,
)

NO_RIGHT = 40002
"""What an account without the right to URL links is answered (facts, section 7.3)."""

USED_UP = 45029

OF_ARGUMENTS = frozenset({40052, 40053, 40097, 40129, 40165, 40169, 40212, 85096, 85401})
"""Errcodes of a scene, a page, a version or a lifetime that WeChat does not take."""


class CodeNotEntitled(WeChatError):
    """This kind of account may not have such codes."""

    code = "wechat_code_not_entitled"

    def explanation(self, language: Language) -> str:
        """Say which kind of account may, and what does the same for any account."""
        return texts.say(f"wechat_codes.needs.{self.values['kind']}", language)


class CodePageUnknown(WeChatError):
    """The released mini-program does not have the page that the code should open."""

    code = "wechat_code_page_unknown"


class CodesUsedUp(WeChatError):
    """The account has made as many codes for ever as WeChat allows."""

    code = "wechat_codes_used_up"


class CodeArgumentsRefused(WeChatError):
    """WeChat does not take what the code should say."""

    code = "wechat_code_arguments_refused"


def in_our_words(error: WeChatError, *, kind: WeChatCodeKind, scene: str, page: str) -> WeChatError:
    """Give the refusal that says what to do; what has nothing to do with codes stays as it is."""
    no_links = kind is WeChatCodeKind.URL_LINK and error.errcode == NO_RIGHT
    if isinstance(error, NotEntitled) or no_links:
        return _anew(CodeNotEntitled, error, kind=kind.value)
    if isinstance(error, MediaNotFound):
        # A file was expected, and the answer was neither one nor a refusal.
        return unreadable(error.path)
    if isinstance(error, PageUnknown):
        return _anew(CodePageUnknown, error, page=page)
    if error.errcode == USED_UP:
        return _anew(CodesUsedUp, error)
    if error.errcode in OF_ARGUMENTS:
        return _anew(CodeArgumentsRefused, error, scene=scene)
    return error


def unreadable(path: str) -> AnswerLost:
    """Give the refusal for an answer that is no code."""
    return AnswerLost(path=path, reason="unreadable")


def leaves_doubt(refusal: Exception) -> bool:
    """Tell whether WeChat may have made the code all the same."""
    return isinstance(refusal, OutcomeUnknown)


def _anew(refusal: type[WeChatError], error: WeChatError, **values: str) -> WeChatError:
    return refusal(path=error.path, errcode=error.errcode, rid=error.rid, **values)
