"""Keywords: compared as people write, chosen in one order."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.vocabulary import MatchKind
from services.conversations import keywords
from services.conversations.keywords import Keyed, Lexicon

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


def _chosen(rules: list[Keyed], text: str, *, now: datetime = NOW) -> str | None:
    return Lexicon.of(rules).chosen(text, now=now)


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
    assert _chosen([_rule("documents", "草案", "draft")], written) == "documents"


def test_traditional_characters_are_the_simplified_ones() -> None:
    rule = _rule("webinar", "报名", "研讨会")

    assert _chosen([rule], "我要報名研討會") == "webinar"


def test_an_exact_word_is_the_whole_message() -> None:
    rule = _rule("hello", "你好", match=MatchKind.EXACT)

    assert _chosen([rule], "你好！") == "hello"
    assert _chosen([rule], "你好，草案在哪") is None


def test_priority_comes_before_length_and_length_before_order() -> None:
    short, long, urgent = _rule("short", "意见"), _rule("long", "意见稿"), _rule("urgent", "意")
    first = _rule("first", "意见稿")

    assert _chosen([short, long], "意见稿") == "long"
    assert _chosen([long, first], "意见稿") == "long"
    louder = Keyed(key="urgent", words=urgent.words, match=urgent.match, priority=1)
    assert _chosen([short, long, louder], "意见稿") == "urgent"


def test_a_rule_holds_from_its_beginning_to_its_end() -> None:
    rule = _rule("dated", "草案", begins_at=NOW, ends_at=NOW + timedelta(hours=1))

    found = [
        _chosen([rule], "草案", now=NOW + timedelta(seconds=seconds))
        for seconds in (-1, 0, 3599, 3600)
    ]

    assert found == [None, "dated", "dated", None]


def test_a_rule_out_of_force_leaves_the_word_to_another() -> None:
    over = _rule("over", "研讨会时间", priority=9, ends_at=NOW)

    assert _chosen([over, _rule("webinar", "研讨会")], "研讨会时间") == "webinar"


WRITTEN = st.text("草案意见ab", min_size=1, max_size=4)
RULES = st.lists(
    st.builds(
        Keyed,
        key=st.uuids().map(str),
        words=st.lists(WRITTEN, min_size=1, max_size=4).map(keywords.prepared),
        match=st.sampled_from(MatchKind),
        priority=st.integers(0, 2),
    ),
    max_size=12,
)


@given(RULES, WRITTEN)
def test_the_lexicon_finds_what_looking_at_every_word_finds(
    rules: list[Keyed], written: str
) -> None:
    ranks = [
        (rule.priority, len(word), -number)
        for number, rule in enumerate(rules)
        for word in rule.words
        if (word == written if rule.match is MatchKind.EXACT else word in written)
    ]

    assert _chosen(rules, written) == (rules[-max(ranks)[2]].key if ranks else None)


@pytest.mark.parametrize(
    ("written", "english"),
    [
        ("draft", True),
        ("I\u2019d like the draft 👍", True),
        ("draft 在哪", False),
        ("666", False),
        ("？", False),
        ("👍", False),
        ("", False),
    ],
)
def test_english_has_latin_letters_and_no_chinese(written: str, *, english: bool) -> None:
    assert keywords.is_english(written) is english


@pytest.mark.parametrize("written", ["", "   ", "？！", "👍", "天气"])
def test_what_says_nothing_calls_for_nothing(written: str) -> None:
    assert _chosen([_rule("documents", "草案", "?")], written) is None


def test_a_word_that_is_only_signs_matches_nothing() -> None:
    assert keywords.prepared(["？", "草案"]) == ("草案",)


def test_a_very_long_message_is_looked_at_from_its_beginning() -> None:
    rule = _rule("documents", "草案")

    assert _chosen([rule], "草案" + "啊" * 100_000) == "documents"
    assert _chosen([rule], "啊" * 100_000 + "草案") is None
