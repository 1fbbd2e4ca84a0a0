"""Rules of the content desk that need no database."""

import pytest

from models import Bilingual
from models.vocabulary import MatchKind
from services.content_desk import deeds, targets
from services.content_desk.refusals import AddressInside, ContentChanged
from services.conversations.keywords import Keyed, Lexicon, prepared
from tests.conftest import INSIDE_THE_ROUND

HOSTS = ("aluminium-stewardship.org",)


@pytest.mark.parametrize(
    "address",
    [
        "https://127.0.0.1/",
        "https://169.254.169.254/latest",
        "https://[fd00::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://[x]/",
        "https://intranet/",
        "https://db.internal/",
        "https:///x",
    ],
)
def test_an_address_inside_is_told_as_one(address: str) -> None:
    with pytest.raises(AddressInside):
        targets.require_address(address, hosts=HOSTS, field="target")


def test_a_digest_follows_what_is_shown_and_nothing_else() -> None:
    seen = deeds.version({"title": Bilingual("甲", "A"), "at": INSIDE_THE_ROUND, "url": None})
    same = {"url": None, "at": INSIDE_THE_ROUND, "title": Bilingual("甲", "A")}

    deeds.require_seen(same, seen)
    for other in ({"title": Bilingual("甲", "B")}, {"at": None}, {"url": ""}):
        with pytest.raises(ContentChanged):
            deeds.require_seen({**same, **other}, seen)


def test_rules_are_called_in_the_order_in_which_they_win() -> None:
    rules = [
        _rule("first", "草案"),
        _rule("urgent", "下载", priority=9),
        _rule("longer", "绩效标准草案", "草案"),
        _rule("whole", "请问草案", match=MatchKind.EXACT),
        _rule("absent", "报名"),
    ]
    lexicon = Lexicon.of(rules)
    called = lexicon.called("绩效标准草案在哪里下载？")

    assert [(rule.key, word) for rule, word in called] == [
        ("urgent", "下载"),
        ("longer", "绩效标准草案"),
        ("first", "草案"),
    ]
    assert lexicon.chosen("绩效标准草案在哪里下载？", now=INSIDE_THE_ROUND) == "urgent"
    assert [rule.key for rule, _ in lexicon.called("请问草案")] == ["whole", "first", "longer"]


def _rule(key: str, *words: str, priority: int = 0, match: MatchKind = MatchKind.CONTAINS) -> Keyed:
    return Keyed(key=key, words=prepared(words), match=match, priority=priority)
