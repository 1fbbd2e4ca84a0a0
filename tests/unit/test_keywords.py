"""Keywords: compared as people write, chosen in one order."""

from datetime import UTC, datetime, timedelta

import pytest

from models.vocabulary import MatchKind
from services.conversations import keywords
from services.conversations.keywords import Keyed

NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)


def _rule(
    key: str,
    *words: str,
    priority: int = 0,
    match: MatchKind = MatchKind.CONTAINS,
    begins_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> Keyed:
    return Keyed(
        key=key,
        words=keywords.prepared(words),
        match=match,
        priority=priority,
        begins_at=begins_at,
        ends_at=ends_at,
    )


@pytest.mark.parametrize(
    "written",
    [
        "草案",
        "請問草案在哪裡？",
        "草 案",
        "草，案",
        "  草案！",
        "想看【草案】",
        "\uff24\uff32\uff21\uff26\uff34",
        "Draft",
    ],
)
def test_people_write_as_they_like(written: str) -> None:
    assert keywords.chosen([_rule("documents", "草案", "draft")], written, now=NOW) == "documents"


def test_traditional_characters_are_the_simplified_ones() -> None:
    rule = _rule("webinar", "报名", "研讨会")

    assert keywords.chosen([rule], "我要報名研討會", now=NOW) == "webinar"


def test_an_exact_word_is_the_whole_message() -> None:
    rule = _rule("hello", "你好", match=MatchKind.EXACT)

    assert keywords.chosen([rule], "你好！", now=NOW) == "hello"
    assert keywords.chosen([rule], "你好，草案在哪", now=NOW) is None


def test_priority_comes_before_length_and_length_before_order() -> None:
    short, long, urgent = _rule("short", "意见"), _rule("long", "意见稿"), _rule("urgent", "意")
    first = _rule("first", "意见稿")

    assert keywords.chosen([short, long], "意见稿", now=NOW) == "long"
    assert keywords.chosen([long, first], "意见稿", now=NOW) == "long"
    louder = Keyed(key="urgent", words=urgent.words, match=urgent.match, priority=1)
    assert keywords.chosen([short, long, louder], "意见稿", now=NOW) == "urgent"


def test_a_rule_holds_from_its_beginning_to_its_end() -> None:
    rule = _rule("dated", "草案", begins_at=NOW, ends_at=NOW + timedelta(hours=1))

    found = [
        keywords.chosen([rule], "草案", now=NOW + timedelta(seconds=seconds))
        for seconds in (-1, 0, 3599, 3600)
    ]

    assert found == [None, "dated", "dated", None]


@pytest.mark.parametrize("written", ["", "   ", "？！", "👍", "天气"])
def test_what_says_nothing_calls_for_nothing(written: str) -> None:
    assert keywords.chosen([_rule("documents", "草案", "?")], written, now=NOW) is None


def test_a_word_that_is_only_signs_matches_nothing() -> None:
    assert keywords.prepared(["？", "草案"]) == ("草案",)


def test_a_very_long_message_is_looked_at_from_its_beginning() -> None:
    rule = _rule("documents", "草案")

    assert keywords.chosen([rule], "草案" + "啊" * 100_000, now=NOW) == "documents"
    assert keywords.chosen([rule], "啊" * 100_000 + "草案", now=NOW) is None
