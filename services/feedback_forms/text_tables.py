"""Tables as text: a sheet that somebody saved as CSV, in the encodings that Excel and WPS write."""

import csv
from io import StringIO

from services.feedback_forms.refusals import (
    FormEncodingMixed,
    FormEncodingUnknown,
    FormTooManyRows,
    FormUnreadable,
)
from services.feedback_forms.workbooks import MOST_COLUMNS, Cell, Grid, Kind

_BEYOND_CHANCE = 10
"""Bytes beyond ASCII in a line: so many are hardly ever valid UTF-8 if meant otherwise."""

_BETWEEN = ",;\t"


def grid(content: bytes, *, most_rows: int) -> Grid:
    """Give the rows that are not empty, by their numbers as a spreadsheet counts them.

    Raises:
        FormEncodingMixed, FormEncodingUnknown, FormTooManyRows, FormUnreadable
    """
    text = decoded(content)
    first = text.partition("\n")[0]
    between = max(_BETWEEN, key=first.count)
    rows: Grid = {}
    try:
        for number, row in enumerate(csv.reader(StringIO(text, newline=""), delimiter=between), 1):
            said = {place: cell for place, cell in enumerate(row[:MOST_COLUMNS]) if cell.strip()}
            if said:
                rows[number] = {place: Cell(Kind.TEXT, cell) for place, cell in said.items()}
            if len(rows) > most_rows:
                raise FormTooManyRows
    except csv.Error as error:
        raise FormUnreadable from error
    return rows


def decoded(content: bytes) -> str:
    """Give a text that is in UTF-8, with or without its mark, or in GB18030.

    Raises:
        FormEncodingMixed, FormEncodingUnknown, FormUnreadable
    """
    if b"\0" in content:
        raise FormEncodingUnknown if content[:2] in {b"\xff\xfe", b"\xfe\xff"} else FormUnreadable
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        if any(map(_is_surely_utf8, content.splitlines())):
            raise FormEncodingMixed from None
    try:
        return content.decode("gb18030")
    except UnicodeDecodeError as error:
        raise FormEncodingUnknown from error


def _is_surely_utf8(line: bytes) -> bool:
    if sum(byte > 127 for byte in line) < _BEYOND_CHANCE:  # noqa: PLR2004 - the last of ASCII
        return False
    try:
        line.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    return True
