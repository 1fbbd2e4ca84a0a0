"""Which values a subscribe message may carry, by the type in its key, such as `thing1`.

WeChat's table 订阅消息参数值内容限制说明, as its page on sending stated it on 2026-11-23 (facts,
section 5.1). A value that breaks a rule is refused with 47003, and nothing is sent.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

KEY = re.compile(r"([a-z]+(?:_[a-z]+)*?)([1-9]\d?)")
PLACE = re.compile(r"\{\{([a-z_]+\d+)\.DATA\}\}")
"""Where a template's content names one of its keys."""

CUT = "…"

_BLANK = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029\ufeff]+")
_INVISIBLE = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2069]")
_HAN = r"\u3400-\u9fff"
_CLOCK = r"(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d)?"
_DAY = (
    r"(?:\d{4}年\d{1,2}月(?:\d{1,2}日)?|\d{1,2}月\d{1,2}日"
    r"|\d{4}[-/.]\d{1,2}(?:[-/.]\d{1,2})?|\d{1,2}[-/.]\d{1,2})"
)


@dataclass(frozen=True)
class Rule:
    """What one type takes."""

    pattern: re.Pattern[str]
    longest: int | None = None
    """Where a text that is too long may be cut; None where a cut would make it wrong."""


def _rule(pattern: str, longest: int | None = None) -> Rule:
    return Rule(re.compile(pattern), longest)


def _span(one: str) -> str:
    """Allow one moment, or two with a tilde between them."""
    return rf"{one}(?:~{one})?"


RULES: Mapping[str, Rule] = {
    "thing": _rule(r".{1,20}", 20),
    "number": _rule(r"(?=.{1,32}$)\d+(?:\.\d+)?"),
    "letter": _rule(r"[A-Za-z]{1,32}"),
    "symbol": _rule(rf"[^\w\s{_HAN}]{{1,5}}"),
    "character_string": _rule(r"[\x21-\x7e]{1,32}"),
    "time": _rule(_span(rf"(?:{_DAY} ?)?{_CLOCK}")),
    "date": _rule(_span(rf"{_DAY}(?: ?{_CLOCK})?")),
    "amount": _rule(r"[¥￥$€£]?\d{1,10}(?:\.\d+)?元?"),
    "phone_number": _rule(r"[0-9+\-() ]{1,17}"),
    "car_number": _rule(rf"[{_HAN}A-Za-z0-9][A-Za-z0-9]{{0,6}}[{_HAN}A-Za-z0-9]"),
    "name": _rule(rf".{{1,10}}|[^{_HAN}]{{1,20}}"),
    "phrase": _rule(rf"[{_HAN}]{{1,5}}"),
}


def type_of(key: str) -> str | None:
    """Give the type of a key, None for what is no key. `enum` has no rule of its own here."""
    match = KEY.fullmatch(key)
    if match is None or match[1] not in {*RULES, "enum"}:
        return None
    return match[1]


def keys_of(content: str) -> list[str]:
    """Give the keys of a template, in the order of its lines."""
    return PLACE.findall(content)


def fitted(key: str, value: str) -> str | None:
    """Give a value as WeChat takes it for a key: on one line, and cut where a cut does no harm.

    None where it cannot be made to fit, so that nothing is asked of WeChat in vain.
    """
    rule = RULES.get(type_of(key) or "")
    if rule is None:
        return None
    plain = _BLANK.sub(" ", _INVISIBLE.sub("", value)).strip()
    if rule.longest is not None:
        plain = _cut(plain, rule.longest)
    return plain if rule.pattern.fullmatch(plain) else None


def _cut(text: str, longest: int) -> str:
    """Cut a text to so many UTF-16 units: in WeChat's languages an emoji counts two or more."""
    if _units(text) <= longest:
        return text
    while _units(text) > longest - 1:
        text = text[:-1]
    return text.rstrip() + CUT


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
