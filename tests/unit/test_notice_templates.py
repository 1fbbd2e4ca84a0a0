"""The file of the subscribe messages' templates: what it says, and what is wrong with it."""

from pathlib import Path

import pytest

from models.vocabulary import Language, NoticeKind
from services.notices import TemplatesInvalid
from services.notices.templates import Word, differing, read

SOUND = """
[reminder_day]
template_id = "zun-LzcQyW-edafCVvzPkK4de2Rllr1fFpw2A_x0oXE"
page = "pages/webinar/index?slug={slug}"
values = { thing1 = "title", time2 = "starts_at", character_string3 = "code", thing4 = "hint" }

[comment_answered]
template_id = "ANSWERED"
values = { character_string1 = "receipt" }
"""


def _file(folder: Path, text: str) -> Path:
    file = folder / "templates.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_file_says_which_template_says_what(tmp_path: Path) -> None:
    found = read(_file(tmp_path, SOUND))

    assert found[NoticeKind.REMINDER_DAY].values["thing4"] is Word.HINT
    assert found[NoticeKind.COMMENT_ANSWERED].page == ""
    assert read(None) == {}


@pytest.mark.parametrize(
    ("text", "place", "reason"),
    [
        ("[reminder_day", "-", "Expected ']'"),
        (
            '[reminder]\ntemplate_id = "T"\nvalues = { thing1 = "title" }',
            "reminder",
            "reminder_day",
        ),
        ('[reminder_day]\nvalues = { thing1 = "title" }', "reminder_day.template_id", "required"),
        ('[reminder_day]\ntemplate_id = "T"\nvalues = {}', "reminder_day.values", "at least 1"),
        (
            '[reminder_day]\ntemplate_id = "T"\npage = "/x"\nvalues = { thing1 = "title" }',
            "reminder_day.page",
            "match pattern",
        ),
        (
            '[reminder_day]\ntemplate_id = "T"\nvalues = { thing1 = "starts_at" }',
            "reminder_day.values.thing1",
            "starts_at goes into a key such as date1",
        ),
        (
            '[reminder_day]\ntemplate_id = "T"\nvalues = { thing = "title" }',
            "reminder_day.values.thing",
            "title goes into a key such as thing1",
        ),
        (
            '[comment_answered]\ntemplate_id = "T"\nvalues = { thing1 = "title" }',
            "comment_answered.values.thing1",
            "this kind of notice can say: hint, receipt",
        ),
        (
            '[seat_confirmed]\ntemplate_id = "T"\nvalues = { thing1 = "title" }',
            "seat_confirmed.values.thing1",
            "this kind of notice can say: nothing",
        ),
    ],
)
def test_a_fault_is_named_with_its_place(
    tmp_path: Path, text: str, place: str, reason: str
) -> None:
    with pytest.raises(TemplatesInvalid) as refused:
        read(_file(tmp_path, text))

    assert refused.value.code == "templates_invalid"
    assert str(refused.value.values["place"]).startswith(place)
    assert reason in refused.value.sentence(Language.ZH)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(TemplatesInvalid, match=r"nothing\.toml"):
        read(tmp_path / "nothing.toml")


def test_keys_that_differ_from_wechats_are_named(tmp_path: Path) -> None:
    template = read(_file(tmp_path, SOUND))[NoticeKind.COMMENT_ANSWERED]

    assert differing(template, "编号:{{character_string1.DATA}}") == []
    assert differing(template, "编号:{{character_string2.DATA}}") == [
        "character_string1",
        "character_string2",
    ]
