"""Tables as files: Excel opens them in Chinese, and takes no text for a formula."""

import csv
import json
from collections.abc import AsyncIterator
from datetime import date
from io import BytesIO, StringIO

from python_calamine import load_workbook

from services.exports import streams, tables
from services.exports.tables import Cell, Table
from tests.support.filled_forms import formulas

TABLE = Table(
    title="渠道转化",
    head=["渠道", "日期", "次数"],
    rows=[
        ['=HYPERLINK("https://evil.example")', date(2026, 3, 2), 12],
        ["海报", date(2026, 3, 3), -1],
    ],
    notes=["各日之和不是人数。"],
)


def test_a_csv_is_marked_as_unicode_and_holds_no_formula() -> None:
    text = tables.as_csv(TABLE).decode("utf-8")

    assert text.startswith("\ufeff渠道,日期,次数\r\n\"'=HYPERLINK(")
    assert text.endswith("\r\n海报,2026-03-03,-1\r\n")


def test_a_workbook_keeps_texts_days_and_numbers_what_they_are() -> None:
    book = load_workbook(BytesIO(tables.as_xlsx([TABLE, Table("空", ["代码"], [])])))

    assert book.sheet_names == ["渠道转化", "空"]
    assert book.get_sheet_by_name("渠道转化").to_python() == [
        ["渠道", "日期", "次数"],
        ['=HYPERLINK("https://evil.example")', date(2026, 3, 2), 12],
        ["海报", date(2026, 3, 3), -1],
        ["", "", ""],
        ["各日之和不是人数。", "", ""],
    ]


STARTS = ("=", "+", "-", "@", "\t=", "\r=", "\n=", "＝", "＋", "－", "＠")
ENDS = ("1+1", "cmd|'/c calc'!A0", 'HYPERLINK("http://x.example","x")', "SUM(A1:A9)")
CORPUS = [start + end for start in STARTS for end in ENDS]
CORPUS += ["https://evil.example", "mailto:a@evil.example", "internal:Sheet1!A1", "{=1+1}"]


async def _whole(stream: AsyncIterator[bytes]) -> bytes:
    return b"".join([piece async for piece in stream])


async def _rows() -> AsyncIterator[list[list[Cell]]]:
    for text in CORPUS:
        yield [[text]]


async def test_no_text_is_ever_a_formula_or_a_link_and_all_of_it_is_kept() -> None:
    about = Table("标题", ["文字"], [], ["说明"])
    whole = Table("标题", ["文字"], [[text] for text in CORPUS])
    books = [tables.as_xlsx([whole]), await _whole(await streams.as_xlsx(about, _rows()))]
    texts = [tables.as_csv(whole), await _whole(streams.as_csv(about.head, _rows()))]
    said = json.loads(await _whole(streams.as_json(["text"], _rows())))

    assert len(CORPUS) >= 40
    for book in books:
        assert formulas(book) == 0
        shown = load_workbook(BytesIO(book)).get_sheet_by_index(0).to_python()
        kept = [str(row[0]).replace("\r", "\n") for row in shown[1 : 1 + len(CORPUS)]]
        assert kept == [text.replace("\r", "\n") for text in CORPUS]
    assert texts[0] == texts[1]
    rows = [row[0] for row in csv.reader(StringIO(texts[0].decode("utf-8-sig"), newline=""))]
    begun = tuple(STARTS)
    assert rows[1:] == [f"'{text}" if text.startswith(begun) else text for text in CORPUS]
    assert [row["text"] for row in said] == CORPUS
    assert await _whole(streams.as_json(["text"], _nothing())) == b"[]"


async def _nothing() -> AsyncIterator[list[list[Cell]]]:
    rows: list[list[list[Cell]]] = []
    for row in rows:
        yield row
