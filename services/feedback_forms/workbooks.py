"""Workbooks from anybody: only the texts of one sheet are read, and only as much as is allowed.

The list of the archive's files is looked at before anything is unpacked, and zipfile unpacks no
more of each than it says. XML is read by expat as it is unpacked; one with a DTD is refused.
Nothing is calculated: of a formula it is only told that there is one.
"""

import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from io import BytesIO
from xml.parsers import expat

from services.feedback_forms.refusals import (
    FormOldOrLocked,
    FormTooLarge,
    FormTooManyRows,
    FormUnreadable,
    FormWithMacros,
)

LARGEST_FILE = 3 * 1024 * 1024
LARGEST_UNPACKED = 24 * 1024 * 1024
_MOST_FILES = 500
_MOST_STRINGS = 50_000
MOST_COLUMNS = 40
"""What stands further to the right is not looked at."""

_MOST_ELEMENTS = 100_000
"""Of all files together: each takes a call, and in 24 MiB there is room for millions."""

_LONGEST_MARKUP = 256 * 1024
"""Bytes between two brackets: expat looks through what is incomplete again with each piece."""

_PIECE = 64 * 1024
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""How a file of Excel 2003 begins, and every workbook with a password."""

_LISTED = b"PK\x01\x02"
_SHEETS = re.compile(r"xl/worksheets/[^/]+\.xml", re.IGNORECASE)
_PLACE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


class Kind(StrEnum):
    """What a cell holds."""

    TEXT = "text"
    NUMBER = "number"
    """A date too: Excel keeps it as one."""

    FORMULA = "formula"
    OTHER = "other"


@dataclass(frozen=True)
class Cell:
    """What stands in a cell that is not empty."""

    kind: Kind
    text: str = ""


Line = Mapping[int, Cell]
"""The cells of a row, by their places from 0."""

Grid = dict[int, Line]
"""The rows that are not empty, by their numbers from 1."""


def is_workbook(content: bytes) -> bool:
    """Tell whether a file claims to be a workbook, of whatever age."""
    return content.startswith((b"PK", _OLE))


def grid(content: bytes, *, is_head: Callable[[Line], bool], most_rows: int) -> Grid:
    """Give the sheet whose first row is a head; empty if there is none.

    Raises:
        FormOldOrLocked, FormWithMacros, FormTooLarge, FormTooManyRows, FormUnreadable
    """
    if content.startswith(_OLE):
        raise FormOldOrLocked
    if content.count(_LISTED) > _MOST_FILES:
        raise FormTooLarge
    try:
        with zipfile.ZipFile(BytesIO(content)) as book:
            return _sheet(book, is_head, most_rows)
    except (
        zipfile.BadZipFile, zlib.error, expat.ExpatError,
        EOFError, NotImplementedError, RuntimeError, ValueError, LookupError, OverflowError,
    ) as error:  # fmt: skip
        raise FormUnreadable from error


def _sheet(book: zipfile.ZipFile, is_head: Callable[[Line], bool], most_rows: int) -> Grid:
    _require_harmless(book)
    sheets = [info for info in book.infolist() if _SHEETS.fullmatch(info.filename)]
    if not sheets:
        raise FormUnreadable
    strings, left = _Strings(), iter(range(_MOST_ELEMENTS))
    for info in book.infolist():
        if info.filename.lower() == "xl/sharedstrings.xml":
            _read(book, info, strings, left=left)
    for info in sheets:
        sheet = _Sheet(strings.every, is_head, most_rows)
        _read(book, info, sheet, left=left)
        if sheet.rows:
            return sheet.rows
    return {}


def _require_harmless(book: zipfile.ZipFile) -> None:
    every = book.infolist()
    if sum(info.file_size for info in every) > LARGEST_UNPACKED:
        raise FormTooLarge
    if any(info.flag_bits & 1 for info in every):
        raise FormOldOrLocked
    if any("vbaproject" in info.filename.lower() for info in every):
        raise FormWithMacros
    if b"macroenabled" in book.read("[Content_Types].xml").lower():
        raise FormWithMacros


class _Enough(Exception):
    """Nothing more has to be read."""


class _Reader:
    """What expat calls; a name without its namespace is enough here."""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        raise NotImplementedError

    def end(self, name: str) -> None:
        raise NotImplementedError

    def text(self, piece: str) -> None:
        raise NotImplementedError


class _Strings(_Reader):
    """The texts that cells share."""

    def __init__(self) -> None:
        self.every: list[str] = []
        self._pieces: list[str] = []
        self._shown = False
        self._sounding = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        del attributes
        if name == "si":
            self._pieces = []
        self._sounding = self._sounding or name == "rPh"
        self._shown = name == "t" and not self._sounding

    def end(self, name: str) -> None:
        self._shown = False
        if name == "rPh":
            self._sounding = False
        if name == "si":
            self.every.append(_unescaped("".join(self._pieces)))
            if len(self.every) > _MOST_STRINGS:
                raise FormTooLarge

    def text(self, piece: str) -> None:
        if self._shown:
            self._pieces.append(piece)


class _Sheet(_Reader):
    """The rows of one sheet."""

    def __init__(self, strings: list[str], is_head: Callable[[Line], bool], most_rows: int) -> None:
        self.rows: Grid = {}
        self._strings, self._is_head, self._most = strings, is_head, most_rows
        self._number = self._column = 0
        self._line: dict[int, Cell] = {}
        self._kind, self._formula = "", False
        self._pieces: list[str] = []
        self._shown = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "row":
            self._number = int(attributes.get("r", self._number + 1))
            self._line, self._column = {}, -1
        elif name == "c":
            place = _PLACE.fullmatch(attributes.get("r", ""))
            self._column = _column(place[1]) if place else self._column + 1
            self._kind, self._formula, self._pieces = attributes.get("t", "n"), False, []
        elif name == "f":
            self._formula = True
        self._shown = name in {"v", "t"}

    def end(self, name: str) -> None:
        self._shown = False
        if name == "c" and self._column < MOST_COLUMNS:
            cell = self._cell("".join(self._pieces))
            if cell is not None:
                self._line[self._column] = cell
        elif name == "row" and self._line:
            self._take_row()

    def text(self, piece: str) -> None:
        if self._shown:
            self._pieces.append(piece)

    def _take_row(self) -> None:
        if not self.rows and not self._is_head(self._line):
            raise _Enough
        self.rows[self._number] = self._line
        if len(self.rows) > self._most:
            raise FormTooManyRows

    def _cell(self, said: str) -> Cell | None:
        if self._formula:
            return Cell(Kind.FORMULA)
        if not said:
            return None
        if self._kind == "s":
            shared = self._strings[int(said)]
            return Cell(Kind.TEXT, shared) if shared.strip() else None
        if self._kind in {"inlineStr", "str"}:
            return Cell(Kind.TEXT, _unescaped(said)) if said.strip() else None
        return Cell(Kind.NUMBER if self._kind in {"n", "d"} else Kind.OTHER, said)


def _read(
    book: zipfile.ZipFile, info: zipfile.ZipInfo, into: _Reader, *, left: Iterator[int]
) -> None:
    """Read one file of XML; `left` runs out with the elements that may come."""

    def start(name: str, said: dict[str, str]) -> None:
        if next(left, None) is None:
            raise FormTooLarge
        into.start(name.rpartition(" ")[2], said)

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_dtd
    parser.StartElementHandler = start
    parser.EndElementHandler = lambda name: into.end(name.rpartition(" ")[2])
    parser.CharacterDataHandler = into.text
    with book.open(info) as unpacked:
        try:
            while piece := unpacked.read(_PIECE):
                parser.Parse(piece, False)  # noqa: FBT003 - expat takes it by position only
                _require_progress(parser, fed=unpacked.tell())
            parser.Parse(b"", True)  # noqa: FBT003 - as above
        except _Enough:
            return


def _require_progress(parser: expat.XMLParserType, *, fed: int) -> None:
    if fed - parser.CurrentByteIndex > _LONGEST_MARKUP:
        raise FormUnreadable


def _refuse_dtd(*_: object) -> None:
    raise FormUnreadable


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
