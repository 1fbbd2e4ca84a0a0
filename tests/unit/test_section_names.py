"""What readers are told a section is called."""

from dataclasses import dataclass

import pytest

from models.bilingual import Bilingual
from services import section_names


@dataclass(frozen=True)
class _Section:
    standard: str
    version: str
    code: str
    title: Bilingual


MINING = _Section("PS", "V4", "9", Bilingual("闭矿", "Mine closure"))
WHOLE = _Section("CoC", "current", "all", Bilingual("全文/不确定", "Whole / not sure"))


@pytest.mark.parametrize(
    ("section", "zh", "en"),
    [
        (MINING, "PS V4 · 9 闭矿", "PS V4 · 9 Mine closure"),
        (WHOLE, "CoC 现行版 · 全文/不确定", "CoC current · Whole / not sure"),
    ],
)
def test_a_section_is_named_with_its_version(section: _Section, zh: str, en: str) -> None:
    assert section_names.named(section) == Bilingual(zh, en)
    assert section_names.found([MINING, WHOLE], at=_at(section)) == Bilingual(zh, en)


def test_a_section_that_is_gone_still_has_its_number() -> None:
    assert section_names.found([WHOLE], at=_at(MINING)).zh == "PS V4 · 9"


def _at(section: _Section) -> tuple[str, str, str]:
    return section.standard, section.version, section.code
