"""Texts: both languages say the same things."""

from datetime import datetime
from string import Formatter
from zoneinfo import ZoneInfo

import pytest

from models.vocabulary import Language
from services import texts
from services.texts import dates

ZH, EN = texts.table(Language.ZH), texts.table(Language.EN)


def test_both_languages_have_the_same_keys() -> None:
    assert ZH.keys() == EN.keys()


# A date is written from different parts in each language.
@pytest.mark.parametrize("key", sorted(key for key in ZH if not key.startswith("dates.")))
def test_a_sentence_mentions_the_same_things_in_both_languages(key: str) -> None:
    assert _placeholders(ZH[key]) == _placeholders(EN[key])


def test_a_moment_names_its_clock() -> None:
    moment = datetime(2026, 3, 9, 16, tzinfo=ZoneInfo("Asia/Shanghai"))

    assert dates.moment(moment, Language.ZH) == "2026年3月9日（星期一）16:00（北京时间）"
    assert dates.moment(moment, Language.EN) == "Monday 9 March 2026, 16:00 (Beijing time)"


def test_seconds_are_written_only_where_there_are_any() -> None:
    moment = datetime(2026, 4, 20, 23, 59, 59, tzinfo=ZoneInfo("Asia/Tokyo"))

    assert dates.moment(moment, Language.EN).endswith("23:59:59 (Asia/Tokyo)")


def _placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}
