"""Keywords: what a visitor wrote, made comparable, and which rule it calls for."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from opencc import OpenCC

from models.vocabulary import MatchKind

LONGEST_COMPARED = 500
"""Characters of a message that keywords are looked for in: nobody names their wish after them."""

_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_IGNORED = re.compile(r"[^\w]+")


@dataclass(frozen=True)
class Keyed:
    """A rule as far as choosing it goes."""

    key: str
    words: tuple[str, ...]
    """Normalised, longest first."""

    match: MatchKind
    priority: int
    begins_at: datetime | None = None
    ends_at: datetime | None = None

    def holds(self, now: datetime) -> bool:
        """Tell whether the rule is in force."""
        begun = self.begins_at is None or self.begins_at <= now
        return begun and (self.ends_at is None or now < self.ends_at)

    def found_in(self, text: str) -> int:
        """Give the length of the longest of its words that a normalised text holds, else 0."""
        if self.match is MatchKind.EXACT:
            return len(text) if text in self.words else 0
        return next((len(word) for word in self.words if word in text), 0)


def is_chinese(text: str) -> bool:
    """Tell whether a text holds a Chinese character."""
    return _HAN.search(text) is not None


def normalised(text: str) -> str:
    """Make texts comparable: width, case, traditional characters, blanks and punctuation.

    Blanks go, so that 草 案 is 草案; English words are then joined, in rules as in messages.
    """
    plain = unicodedata.normalize("NFKC", text[:LONGEST_COMPARED]).casefold()
    if is_chinese(plain):
        plain = _simplifier().convert(plain)
    return _IGNORED.sub("", plain)


def chosen(rules: Sequence[Keyed], text: str, *, now: datetime) -> str | None:
    """Give the key of the rule a message calls for.

    The highest priority first, then the longest word, then the order of the pack.
    """
    plain = normalised(text)
    best, best_rank = None, (0, 0)
    for rule in rules:
        length = rule.found_in(plain) if rule.holds(now) else 0
        rank = (rule.priority, length)
        if length and (best is None or rank > best_rank):
            best, best_rank = rule.key, rank
    return best


def prepared(words: Sequence[str]) -> tuple[str, ...]:
    """Normalise a rule's words and put the longest first; what is nothing but signs goes."""
    plain = {normalised(word) for word in words} - {""}
    return tuple(sorted(plain, key=lambda word: (-len(word), word)))


@cache
def _simplifier() -> OpenCC:
    return OpenCC("t2s")
