"""Long tables as files, a batch of rows after the other: none is ever in memory as a whole.

CSV and JSON go out as they are made. A workbook is an archive, whose list comes last: it is made on
disk, a row at a time, and goes out from there.
"""

import csv
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from enum import StrEnum
from io import StringIO
from tempfile import TemporaryFile
from typing import IO, Any

from anyio import to_thread

from services.exports.tables import Cell, Table, harmless, widths

Batches = AsyncIterator[Sequence[Sequence[Cell]]]
"""Rows, some at a time. What a batch is read from is let go before the next one is asked for."""

_PIECE = 64 * 1024


class FileKind(StrEnum):
    """What kind of file an export is, named as its suffix."""

    XLSX = "xlsx"
    CSV = "csv"
    JSON = "json"


MEDIA_TYPES: Mapping[FileKind, str] = {
    FileKind.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    FileKind.CSV: "text/csv; charset=utf-8",
    FileKind.JSON: "application/json",
}


async def file(
    kind: FileKind, *, about: Table, columns: Sequence[str], batches: Batches
) -> AsyncIterator[bytes]:
    """Give rows as a file; `about` says all but the rows, `columns` their names in JSON."""
    if kind is FileKind.JSON:
        return as_json(columns, batches)
    if kind is FileKind.CSV:
        return as_csv(about.head, batches)
    return await as_xlsx(about, batches)


async def as_csv(head: Sequence[str], batches: Batches) -> AsyncIterator[bytes]:
    """Give rows as CSV (RFC 4180), with the mark by which Excel knows that it is UTF-8."""
    yield "\ufeff".encode() + _written([head])
    async for rows in batches:
        yield _written([[harmless(cell) for cell in row] for row in rows])


async def as_json(columns: Sequence[str], batches: Batches) -> AsyncIterator[bytes]:
    """Give rows as a list of objects, by the codes of their columns."""
    between = "["
    async for rows in batches:
        pieces = []
        for row in rows:
            said = dict(zip(columns, row, strict=True))
            pieces.append(between + json.dumps(said, ensure_ascii=False, default=str))
            between = ",\n"
        yield "".join(pieces).encode()
    yield b"[]" if between == "[" else b"]"


async def as_xlsx(about: Table, batches: Batches) -> AsyncIterator[bytes]:
    """Make a workbook of rows, whole, before any of it is given; `about` says all but the rows."""
    import xlsxwriter  # noqa: PLC0415 - takes longer to import than all of ours

    file = TemporaryFile()  # noqa: SIM115 - whoever reads it closes it
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(file, options)
    sheet = book.add_worksheet(about.title)
    sheet.freeze_panes(1, 0)
    number = 1
    async for rows in batches:
        if number == 1:
            _begin(book, sheet, about=about, rows=rows)
        number = await to_thread.run_sync(_write, sheet, rows, number)
    if number == 1:
        _begin(book, sheet, about=about, rows=[])
    sheet.autofilter(0, 0, max(number - 1, 1), len(about.head) - 1)
    sheet.write_column(number + 1, 0, about.notes)
    await to_thread.run_sync(book.close)
    file.seek(0)
    return _read(file)


def _begin(book: Any, sheet: Any, *, about: Table, rows: Sequence[Sequence[Cell]]) -> None:  # noqa: ANN401 - untyped
    for column, width in enumerate(widths([about.head, *rows])):
        sheet.set_column(column, column, width)
    sheet.write_row(0, 0, about.head, book.add_format({"bold": True}))


def _write(sheet: Any, rows: Sequence[Sequence[Cell]], number: int) -> int:  # noqa: ANN401 - untyped
    for at, row in enumerate(rows, number):
        sheet.write_row(at, 0, row)
    return number + len(rows)


async def _read(file: IO[bytes]) -> AsyncIterator[bytes]:
    with file:
        while piece := await to_thread.run_sync(file.read, _PIECE):
            yield piece


def _written(rows: Sequence[Sequence[Cell]]) -> bytes:
    text = StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()
