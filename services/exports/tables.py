"""Tables as files: CSV that Excel reads in Chinese, XLSX in which no text is a formula, JSON."""

import csv
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO, StringIO

Cell = str | int | date

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")
"""What makes a spreadsheet take a text for a formula (ASVS 1.2.10)."""

_WIDEST = 60
_DAY = "yyyy-mm-dd"


@dataclass(frozen=True)
class Table:
    """Rows under a head."""

    title: str
    """At most 31 characters, none of []:*?/\\ among them: the name of a sheet."""

    head: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    notes: Sequence[str] = ()
    """What has to be known to read it rightly."""


def as_csv(table: Table) -> bytes:
    """Give a table as CSV (RFC 4180), with the mark by which Excel knows that it is UTF-8."""
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(table.head)
    writer.writerows([harmless(cell) for cell in row] for row in table.rows)
    return text.getvalue().encode("utf-8-sig")


def as_json(columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> bytes:
    """Give rows as a list of objects, by the codes of their columns."""
    every = [dict(zip(columns, row, strict=True)) for row in rows]
    return json.dumps(every, ensure_ascii=False, default=str).encode()


def as_xlsx(tables: Sequence[Table]) -> bytes:
    """Give tables as the sheets of one workbook, each with its notes below it."""
    import xlsxwriter  # noqa: PLC0415 - takes longer to import than all of ours

    file = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(file, options) as book:
        bold = book.add_format({"bold": True})
        day = book.add_format({"num_format": _DAY, "align": "left"})
        for table in tables:
            sheet = book.add_worksheet(table.title)
            sheet.write_row(0, 0, table.head, bold)
            for row, column, cell in _cells(table):
                sheet.write(row, column, cell, day if isinstance(cell, date) else None)
            sheet.write_column(len(table.rows) + 2, 0, table.notes)
            for column, width in enumerate(widths([table.head, *table.rows])):
                sheet.set_column(column, column, width)
            sheet.freeze_panes(1, 0)
            sheet.autofilter(0, 0, max(len(table.rows), 1), len(table.head) - 1)
    return file.getvalue()


def _cells(table: Table) -> Iterator[tuple[int, int, Cell]]:
    for number, row in enumerate(table.rows, start=1):
        for column, cell in enumerate(row):
            yield number, column, cell


def harmless(cell: Cell) -> Cell:
    """Give a cell of CSV that no spreadsheet takes for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def widths(rows: Sequence[Sequence[Cell]]) -> list[int]:
    """Give how wide each column has to be for its texts."""
    columns = zip(*rows, strict=True)
    return [min(max(map(_width, column)) + 2, _WIDEST) for column in columns]


def _width(cell: Cell) -> int:
    """Give about how wide a text is: a Chinese sign takes the room of two letters."""
    return sum(2 if sign > "\u2e7f" else 1 for sign in str(cell)[:_WIDEST])
