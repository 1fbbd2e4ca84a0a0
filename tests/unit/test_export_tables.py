"""Tables as files: Excel opens them in Chinese, and takes no text for a formula."""

from datetime import date
from io import BytesIO

from python_calamine import load_workbook

from services.exports import tables
from services.exports.tables import Table

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
