"""Sheets of channels: the CSV in which staff write down where a link will be printed."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from models import Bilingual
from services.channel_codes import LONGEST_LABEL, Place
from services.errors import Malformed

COLUMNS = ("link", "channel", "label", "channel_zh", "channel_en")
"""`channel` must be there; a new channel needs a name in both languages."""

LONGEST_SHEET = 10_000
"""Rows of one sheet."""

ENCODINGS = ("utf-8-sig", "gb18030")
"""What Excel saves: “CSV UTF-8”, and plain CSV on a Chinese Windows."""


class CodeSheetUnreadable(Malformed):
    """The file is no CSV."""

    code = "code_sheet_unreadable"


class CodeSheetHeadWrong(Malformed):
    """The first line does not name the columns."""

    code = "code_sheet_head_wrong"


class CodeSheetRowWrong(Malformed):
    """A row of the sheet cannot be used."""

    code = "code_sheet_row_wrong"


class CodeSheetLengthWrong(Malformed):
    """The sheet has no rows, or too many."""

    code = "code_sheet_length_wrong"


@dataclass(frozen=True)
class Sheet:
    """What a sheet says."""

    places: Sequence[Place]
    names: Mapping[str, Bilingual]
    """What channels are called, for those that do not exist yet."""


def read(content: bytes, *, link: str | None = None) -> Sheet:
    """Read a sheet; `link` is meant where a row names none.

    Raises:
        CodeSheetUnreadable, CodeSheetHeadWrong, CodeSheetRowWrong, CodeSheetLengthWrong
    """
    places, names = [], {}
    for line, row in _rows(_text(content)):
        place = Place(row["link"] or link or "", row["channel"], row["label"])
        column = _wrong_column(place)
        if column:
            raise CodeSheetRowWrong(line=line, column=column)
        places.append(place)
        if row["channel_zh"] and row["channel_en"]:
            names[place.channel] = Bilingual(zh=row["channel_zh"], en=row["channel_en"])
    if not 0 < len(places) <= LONGEST_SHEET:
        raise CodeSheetLengthWrong(rows=len(places), largest=LONGEST_SHEET)
    return Sheet(places, names)


def _text(content: bytes) -> str:
    for encoding in ENCODINGS:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise CodeSheetUnreadable


def _rows(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Give each row that is not empty, with its line, every column of it filled or empty."""
    head = text.partition("\n")[0]
    separator = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        columns = [name.strip().lower() for name in next(reader, [])]
        _require_head(columns)
        for cells in reader:
            stripped = [cell.strip() for cell in cells]
            if len(cells) > len(columns):
                raise CodeSheetRowWrong(line=reader.line_num, column=str(len(columns) + 1))
            if any(stripped):
                found = dict(zip(columns, stripped, strict=False))
                yield reader.line_num, {name: found.get(name, "") for name in COLUMNS}
    except csv.Error as error:
        raise CodeSheetUnreadable from error


def _require_head(columns: Sequence[str]) -> None:
    strange = [name for name in columns if name not in COLUMNS]
    if "channel" not in columns or strange or len(set(columns)) < len(columns):
        raise CodeSheetHeadWrong(found=", ".join(columns)[:200], columns=", ".join(COLUMNS))


def _wrong_column(place: Place) -> str | None:
    if not place.link:
        return "link"
    if not place.channel:
        return "channel"
    if len(place.label) > LONGEST_LABEL or not place.label.isprintable():
        return "label"
    return None
