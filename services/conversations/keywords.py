"""Keywords: what a visitor wrote, made comparable, and which rule it calls for."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Self

from opencc import OpenCC

from models.vocabulary import MatchKind

LONGEST_COMPARED = 500
"""Characters of a message that keywords are looked for in: nobody names their wish after them."""

_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_LATIN = re.compile(r"[A-Za-z]")
_IGNORED = re.compile(r"[^\w]+")


@dataclass(frozen=True)
class Keyed:
    """A rule as far as choosing it goes."""

    key: str
    words: tuple[str, ...]
    """Normalised."""

    match: MatchKind
    priority: int
    begins_at: datetime | None = None
    ends_at: datetime | None = None

    def holds(self, now: datetime) -> bool:
        """Tell whether the rule is in force."""
        begun = self.begins_at is None or self.begins_at <= now
        return begun and (self.ends_at is None or now < self.ends_at)


@dataclass(frozen=True)
class Lexicon:
    """All rules, by the words they have: a message is compared with the few that it can hold."""

    rules: Sequence[Keyed] = ()
    exact: Mapping[str, Sequence[int]] = field(default_factory=dict)
    """The numbers of the rules that a whole message calls for."""

    by_first: Mapping[str, Sequence[tuple[str, int]]] = field(default_factory=dict)
    """The other words, each with its rule's number, by their first character."""

    @classmethod
    def of(cls, rules: Sequence[Keyed]) -> Self:
        """Sort the words of the rules, which are given in the order of the pack."""
        exact: dict[str, list[int]] = defaultdict(list)
        by_first: dict[str, list[tuple[str, int]]] = defaultdict(list)
        for number, rule in enumerate(rules):
            for word in rule.words:
                if rule.match is MatchKind.EXACT:
                    exact[word].append(number)
                else:
                    by_first[word[0]].append((word, number))
        return cls(tuple(rules), dict(exact), dict(by_first))

    def chosen(self, text: str, *, now: datetime) -> str | None:
        """Give the key of the rule a message calls for.

        The highest priority first, then the longest word, then the order of the pack.
        """
        ranks = [
            (self.rules[number].priority, len(word), -number)
            for word, number in self._called(text)
            if self.rules[number].holds(now)
        ]
        return self.rules[-max(ranks)[2]].key if ranks else None

    def called(self, text: str) -> list[tuple[Keyed, str]]:
        """Give the rules a message calls for, each with its longest word in it, the first to win.

        In force or not: to tell why one of them answers.
        """
        longest: dict[int, str] = {}
        for word, number in self._called(text):
            longest[number] = max(longest.get(number, ""), word, key=len)
        ranked = sorted(longest, key=lambda at: (-self.rules[at].priority, -len(longest[at]), at))
        return [(self.rules[number], longest[number]) for number in ranked]

    def _called(self, text: str) -> list[tuple[str, int]]:
        plain = normalised(text)
        called = [(plain, number) for number in self.exact.get(plain, ())]
        for first in self.by_first.keys() & set(plain):
            called += [(word, at) for word, at in self.by_first[first] if word in plain]
        return called


def is_english(text: str) -> bool:
    """Tell whether a text has Latin letters and no Chinese character.

    Numbers, signs and pictures alone tell no language: Chinese is the language of the account.
    """
    return _LATIN.search(text) is not None and _HAN.search(text) is None


def normalised(text: str) -> str:
    """Make texts comparable: width, case, traditional characters, blanks and punctuation.

    Blanks go, so that 草 案 is 草案; English words are then joined, in rules as in messages.
    """
    plain = unicodedata.normalize("NFKC", text[:LONGEST_COMPARED]).casefold()
    if _HAN.search(plain):
        plain = _simplifier().convert(plain)
    return _IGNORED.sub("", plain)


def prepared(words: Sequence[str]) -> tuple[str, ...]:
    """Normalise a rule's words; what is nothing but signs goes."""
    return tuple(sorted({normalised(word) for word in words} - {""}))


@cache
def _simplifier() -> OpenCC:
    return OpenCC("t2s")
