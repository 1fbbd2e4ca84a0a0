"""Feedback from the chat, as far as it takes no database: is a message meant so, and about what?

What follows from it, once the push is stored, is in chat_drafts.py.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from models import Bilingual
from models.vocabulary import Language
from services import section_names, texts
from services.conversations import keywords
from services.section_names import WHOLE
from services.wechat.replies import TextReply

KEPT_DAYS = 7
"""How long a draft waits for the tap that makes it feedback."""

LONGEST = 2000
"""Characters of a comment, as everywhere else."""

SHORTEST = 6
FEWEST_WORDS = 3
"""Of a comment: characters in Chinese, words in English. 反馈 问卷 and feedback form are wishes."""

LONGEST_QUESTION = 20
"""Characters; what is so short and ends in a question mark asks how to comment."""

LONGEST_CONFIRMATION = 20
"""Characters; every message is looked at, so that most are not to be normalised for it."""

EXCERPT = 100
"""Characters of a comment that the reply repeats, so that it fits into WeChat's 2,048 bytes."""

_WISH = re.compile(
    r"\s*(?:我的)?(?P<word>反馈|反饋|意见|意見|建议|建議|feedback|comment)[\s:：,，。;；、-]+(?P<said>.+)",
    re.IGNORECASE | re.DOTALL,
)
"""A sign or a blank after the word: 反馈意见表 and 意见稿 ask for files."""

_QUESTION = ("?", "？", "吗", "呢")

_STANDARDS = {"绩效标准": "PS", "監管鏈": "CoC", "监管链": "CoC", "績效標準": "PS"}
"""How ASI's standards are called in Chinese, by the code that sections have."""

_STANDARD = re.compile(
    rf"(?:(?<![A-Za-z])(PS|CoC)(?![A-Za-z])|({'|'.join(_STANDARDS)})(?:标准|標準)?)"
    r"\s*(?:V\s*[0-9](?![0-9.]))?\s*(?P<code>[0-9]{1,2})?",
    re.IGNORECASE,
)
_DIGITS = "一二三四五六七八九"
_CODE = re.compile(
    rf"第\s*(?P<counted>[0-9]{{1,2}}|[{_DIGITS}]?十[{_DIGITS}]?|[{_DIGITS}])\s*(?:章|模块|模塊|节|節|部分|条|條)"
    r"|(?:(?<![A-Za-z0-9])M|模块|模塊|章节|章節|module|chapter|section)\s*(?P<code>[0-9]{1,2})(?![0-9])",
    re.IGNORECASE,
)
_CONFIRMING = frozenset({"确认", "确认提交", "确定提交", "confirm"})


class ReplyLinks(Protocol):
    """The addresses that replies carry."""

    def __call__(self, slug: str, /) -> str:
        """Give the address of a slug."""

    def token(self, key: str, /) -> str:
        """Give the word that only we can make of a push's key, the same each time."""

    def draft(self, token: str, /, language: Language) -> str:
        """Give the address at which a draft is confirmed."""


@dataclass(frozen=True)
class Place:
    """A section of a draft that the round is about."""

    standard: str
    version: str
    code: str
    title: Bilingual


@dataclass(frozen=True)
class Understood:
    """What we made of a message that is meant as feedback."""

    comment: str = field(repr=False)
    place: Place | None
    language: Language


@dataclass(frozen=True)
class Drafting:
    """Takes feedback from the chat while the round is open."""

    places: Sequence[Place]
    """The sections of the drafts, in the order of the pack."""

    links: ReplyLinks

    def understood(self, text: str) -> Understood | None:
        """Tell what a message says on the drafts, None for one that is not meant so."""
        comment = meant(text)
        if comment is None:
            return None
        language = Language.EN if keywords.is_english(comment) else Language.ZH
        return Understood(comment, named(comment, self.places), language)

    def reply(self, text: str, *, key: str) -> TextReply | None:
        """Answer what is meant as feedback, or confirms it; `key` is that of the push."""
        if confirms(text):
            language = Language.EN if keywords.is_english(text) else Language.ZH
            return TextReply(texts.say("chat_feedback.confirming", language))
        found = self.understood(text)
        return self._offer(found, self.links.token(key)) if found else None

    def _offer(self, found: Understood, token: str) -> TextReply:
        place = section_names.named(found.place).text(found.language) if found.place else ""
        return TextReply(
            texts.say(
                "chat_feedback.understood" if found.place else "chat_feedback.placeless",
                found.language,
                place=place,
                excerpt=excerpt(found.comment),
                link=self.links.draft(token, found.language),
                days=KEPT_DAYS,
                form=self.links("feedback"),
                privacy=self.links("privacy"),
            )
        )


def of_sections(sections: Sequence[Place], links: ReplyLinks) -> Drafting:
    """Take feedback on the versions that are drafted now."""
    return Drafting(drafted(sections), links)


def drafted(sections: Sequence[Place]) -> list[Place]:
    """Give the sections of the versions that are drafted now: those that can be spoken of whole."""
    now = {(each.standard, each.version) for each in sections if each.code == WHOLE}
    return [each for each in sections if (each.standard, each.version) in now]


def meant(text: str) -> str | None:
    """Give the comment of a message that begins as one, None for any other message."""
    found = _WISH.fullmatch(text)
    said = found["said"].strip() if found else ""
    return said if _says_something(said) and len(said) <= LONGEST else None


def wish(text: str) -> str:
    """Give what keywords are looked for in: of a comment only the word that it begins with."""
    found = _WISH.fullmatch(text)
    return found["word"] if found and meant(text) else text


def confirms(text: str) -> bool:
    """Tell whether a message says no more than that something is confirmed."""
    return len(text) <= LONGEST_CONFIRMATION and keywords.normalised(text) in _CONFIRMING


def named(text: str, places: Sequence[Place]) -> Place | None:
    """Give the section that a text names: M10, 第十章, CoC 3.2. It is a guess, to be confirmed.

    A number that no draft has, or several have, leads to the whole of the standard that is named,
    or else nowhere.
    """
    plain = unicodedata.normalize("NFKC", text)
    standard, coded = _STANDARD.search(plain), _CODE.search(plain)
    code = _number(coded["counted"] or coded["code"]) if coded else ""
    if standard:
        name = _STANDARDS.get(standard[2] or "", standard[1] or "")
        places = [each for each in places if each.standard.casefold() == name.casefold()]
        code = standard["code"] or code or WHOLE
    fitting = [each for each in places if each.code == code]
    if len(fitting) == 1:
        return fitting[0]
    return next((each for each in places if each.code == WHOLE), None) if standard else None


def excerpt(comment: str) -> str:
    """Give as much of a comment as a reply repeats; it must not make a link of its own."""
    plain = " ".join(comment.split()).replace("<", " ")
    return plain if len(plain) <= EXCERPT else plain[:EXCERPT] + "…"


def _says_something(said: str) -> bool:
    if said.endswith(_QUESTION) and len(said) <= LONGEST_QUESTION:
        return False
    if keywords.is_english(said):
        return len(said.split()) >= FEWEST_WORDS
    return len(said) >= SHORTEST


def _number(written: str) -> str:
    """Read a number below a hundred that `_CODE` has found."""
    if written.isascii():
        return str(int(written))
    tens, ten, ones = written.rpartition("十")
    return str((_digit(tens, otherwise=1) * 10 if ten else 0) + _digit(ones, otherwise=0))


def _digit(written: str, *, otherwise: int) -> int:
    return _DIGITS.index(written) + 1 if written else otherwise
