"""Sheets of channels: what Excel saves is read, what is wrong is refused with its line."""

import pytest

from models import Bilingual
from services import channel_sheets
from services.channel_codes import Place
from services.channel_sheets import (
    CodeSheetHeadWrong,
    CodeSheetLengthWrong,
    CodeSheetRowWrong,
    CodeSheetUnreadable,
)

SHEET = (
    "channel,label,channel_zh,channel_en\r\nposter,郑州展台 1 号,,\r\n\r\nfair,,铝工业展,Fair\r\n"
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_what_excel_saves_is_read(encoding: str, separator: str) -> None:
    content = SHEET.replace(",", separator).encode(encoding)

    sheet = channel_sheets.read(content, link="article")

    assert sheet.places == [Place("article", "poster", "郑州展台 1 号"), Place("article", "fair")]
    assert sheet.names == {"fair": Bilingual(zh="铝工业展", en="Fair")}


def test_a_row_may_name_its_own_link() -> None:
    sheet = channel_sheets.read(b"channel,link\nposter,survey\nmenu,\n", link="article")

    assert [place.link for place in sheet.places] == ["survey", "article"]


@pytest.mark.parametrize("head", ["", "label", "channel,chanel_zh", "channel,channel"])
def test_a_misspelt_head_is_refused(head: str) -> None:
    with pytest.raises(CodeSheetHeadWrong) as refused:
        channel_sheets.read(f"{head}\nposter\n".encode(), link="article")

    assert refused.value.code == "code_sheet_head_wrong"


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (",x", "channel"),
        (f"poster,{'x' * 81}", "label"),
        ("poster,x,y", "3"),
        ("poster,\x07", "label"),
    ],
)
def test_a_row_is_refused_with_its_line_and_column(row: str, column: str) -> None:
    with pytest.raises(CodeSheetRowWrong, match=f"Line 3 .* {column} ") as refused:
        channel_sheets.read(f"channel,label\nposter,fine\n{row}\n".encode(), link="article")

    assert refused.value.code == "code_sheet_row_wrong"


def test_a_row_without_any_link_is_refused() -> None:
    with pytest.raises(CodeSheetRowWrong, match=r"Line 2 .* link "):
        channel_sheets.read(b"channel\nposter\n")


@pytest.mark.parametrize("rows", [0, 10_001])
def test_a_sheet_has_some_rows_and_not_too_many(rows: int) -> None:
    with pytest.raises(CodeSheetLengthWrong, match=str(rows)) as refused:
        channel_sheets.read(b"channel\n" + b"poster\n" * rows, link="article")

    assert refused.value.code == "code_sheet_length_wrong"


@pytest.mark.parametrize("content", [b"PK\x03\x04\x00\x00", b"\xff\xff\xff", b'channel\n"poster\n'])
def test_what_is_no_csv_is_refused(content: bytes) -> None:
    with pytest.raises(CodeSheetUnreadable) as refused:
        channel_sheets.read(content, link="article")

    assert refused.value.code == "code_sheet_unreadable"
