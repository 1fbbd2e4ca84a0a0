"""Filled-in feedback forms, as spreadsheets write them, and files that only look like one."""

import zipfile
import zlib
from collections.abc import Mapping, Sequence
from io import BytesIO, StringIO
from typing import Any

import xlsxwriter

from services.feedback_forms import columns

SECTION = "PS V4 · 10"
MARK = columns.mark("2026-first")
HEAD = (*columns.COLUMNS, MARK)


def workbook(
    rows: Sequence[Mapping[str, Any]], *, head: Sequence[str] = HEAD, formulas: bool = False
) -> bytes:
    """Give a workbook; a row has what its cells hold, by the codes of the columns."""
    file = BytesIO()
    with xlsxwriter.Workbook(file, {"strings_to_formulas": formulas}) as book:
        book.add_worksheet("说明").write(0, 0, "如何填写")
        sheet = book.add_worksheet("意见")
        sheet.write_row(0, 0, head)
        sheet.write(1, 0, "章节")
        for number, row in enumerate(rows, 2):
            for column, value in row.items():
                sheet.write(number, head.index(column), value)
    return file.getvalue()


def table(rows: Sequence[Mapping[str, str]], *, encoding: str = "utf-8") -> bytes:
    """Give the same as CSV."""
    text = StringIO()
    text.write(",".join(HEAD) + "\r\n章节 *\r\n")
    for row in rows:
        text.write(",".join(f'"{row.get(column, "")}"' for column in columns.COLUMNS) + "\r\n")
    return text.getvalue().encode(encoding)


def with_file(content: bytes, name: str, said: bytes) -> bytes:
    """Give an archive with one more file in it, or another in its place."""
    file = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as old, zipfile.ZipFile(file, "w") as made:
        for info in old.infolist():
            if info.filename != name:
                made.writestr(info, old.read(info))
        made.writestr(name, said, zipfile.ZIP_DEFLATED)
    return file.getvalue()


def marked_up(said: bytes) -> bytes:
    """Give a workbook that has this between its shared texts."""
    return with_file(workbook([]), "xl/sharedStrings.xml", b"<sst>" + said)


def bomb(size: int = 1024**3, *, says: int | None = None) -> bytes:
    """Give a workbook whose sheet is as large as that when it is unpacked, and small before.

    `says` is what it tells of its size, if not the truth.
    """
    rows = b"<row/>" * 200_000
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    piece = packer.compress(rows) + packer.flush(zlib.Z_FULL_FLUSH)
    number = size // len(rows) + 1
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        made.writestr("[Content_Types].xml", "<Types/>")
        made.writestr("xl/worksheets/sheet1.xml", piece * number + packer.flush())
    content = bytearray(file.getvalue())
    told = (number * len(rows) if says is None else says).to_bytes(4, "little")
    # It was stored as it is; that it is packed, and how large it is, is said afterwards.
    for mark, method, length in ((b"PK\x03\x04", 8, 22), (b"PK\x01\x02", 10, 24)):
        at = content.rindex(mark)
        content[at + method : at + method + 2] = zipfile.ZIP_DEFLATED.to_bytes(2, "little")
        content[at + length : at + length + 4] = told
    return bytes(content)


def formulas(content: bytes) -> int:
    """Count what a workbook would calculate or open."""
    with zipfile.ZipFile(BytesIO(content)) as book:
        texts = [book.read(name) for name in book.namelist() if name.endswith((".xml", ".rels"))]
    return sum(text.count(b"<f>") + text.count(b"hyperlink") for text in texts)


def many_files() -> bytes:
    """Give an archive with more files in it than anybody would list."""
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        made.writestr("x", b"")
    whole = file.getvalue()
    at = whole.index(b"PK\x01\x02")
    return whole[:at] + whole[at : whole.index(b"PK\x05\x06")] * 60_000
