"""Reading a filled-in form: which file it is, what its rows say, and which cells are wrong."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from models.vocabulary import Language
from services import texts
from services.feedback_forms import columns, text_tables, workbooks
from services.feedback_forms.columns import COLUMNS, MOST_ROWS, SENDER, Choices
from services.feedback_forms.refusals import (
    FormColumnsWrong,
    FormEmpty,
    FormMissing,
    FormOfOtherRound,
    FormTooLarge,
    FormUnmarked,
)
from services.feedback_forms.workbooks import Cell, Grid, Kind, Line

_HEADS = 2
"""Rows above the first comment: the codes, hidden, and what the columns are called."""

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True)
class Fault:
    """What is wrong in one cell, and what to do about it."""

    row: int
    """As the spreadsheet counts it."""

    column: str
    """What the column is called, or its letters."""

    sentence: str


@dataclass(frozen=True)
class Said:
    """One row as it was filled in: values of lists by their codes, the rest as typed."""

    row: int
    values: Mapping[str, str] = field(repr=False)
    sender_row: int
    """The row that says who sent it: this one, or one above."""

    def row_of(self, column: str) -> int:
        """Give the row in which a value of this one stands."""
        return self.sender_row if column in SENDER else self.row


@dataclass(frozen=True)
class Filled:
    """What a form says, and what is wrong with it."""

    rows: list[Said]
    faults: list[Fault]


@dataclass(frozen=True)
class Form:
    """Which form is expected, and in which language its faults are told."""

    slug: str
    choices: Choices
    language: Language

    def fault(self, row: int, column: str, *, wrong: str) -> Fault:
        """Say what is wrong in a cell."""
        called = columns.label(column, self.language) if column in COLUMNS else column
        return Fault(row, called, texts.say(f"feedback_form.faults.{wrong}", self.language))


@dataclass(frozen=True)
class _At:
    """The row that is read, and where its faults go."""

    number: int
    places: Mapping[int, str]
    form: Form
    faults: list[Fault]


def read(content: bytes, *, form: Form) -> Filled:
    """Read a workbook or a table of texts that should be a filled-in form.

    Raises:
        FormMissing, FormTooLarge, FormTooManyRows, FormOldOrLocked, FormWithMacros,
        FormUnreadable, FormEncodingMixed, FormEncodingUnknown, FormUnmarked, FormOfOtherRound,
        FormColumnsWrong, FormEmpty
    """
    grid = _grid(content)
    places = _places(grid, form.slug)
    filled = Filled([], [])
    carried: dict[str, str] = {}
    sender_row = 0
    for number in _filled_in(grid):
        said = dict(_cells(grid[number], _At(number, places, form, filled.faults)))
        sender = {name: value for name, value in said.items() if name in SENDER}
        if sender:
            carried, sender_row = sender, number
        if len(said) > len(sender):
            comment = {name: value for name, value in said.items() if name not in SENDER}
            filled.rows.append(Said(number, comment | carried, sender_row or number))
    if not filled.rows and not filled.faults:
        raise FormEmpty
    return filled


def _grid(content: bytes) -> Grid:
    if not content:
        raise FormMissing
    if len(content) > workbooks.LARGEST_FILE:
        raise FormTooLarge
    most = MOST_ROWS + _HEADS
    if workbooks.is_workbook(content):
        return workbooks.grid(content, is_head=_is_head, most_rows=most)
    return text_tables.grid(content, most_rows=most)


def _filled_in(grid: Grid) -> list[int]:
    """Give the rows below the head; somebody may have taken away what the columns are called."""
    below = sorted(grid)[1:]
    return [number for number in below if number != _HEADS or not _is_called(grid[number])]


def _is_head(line: Line) -> bool:
    return any(columns.marked(cell.text) for cell in line.values())


def _is_called(line: Line) -> bool:
    """Tell whether a row says what the columns are called; the form's own always does."""
    first = line.get(0)
    return first is not None and any(
        columns.label("section", language) in first.text for language in Language
    )


def _places(grid: Grid, slug: str) -> dict[int, str]:
    head = grid[min(grid)] if grid else {}
    found = next(filter(None, (columns.marked(cell.text) for cell in head.values())), None)
    if found is None:
        raise FormUnmarked
    if found != (columns.VERSION, slug):
        raise FormOfOtherRound(round=slug)
    places = {
        place: cell.text.strip() for place, cell in head.items() if not columns.marked(cell.text)
    }
    missing = [name for name in COLUMNS if name not in places.values()]
    strange = [place for place, name in places.items() if name not in COLUMNS]
    doubled = len(set(places.values())) < len(places)
    if missing or strange or doubled:
        raise FormColumnsWrong(
            missing=_listed(columns.label(name, Language.ZH) for name in missing),
            strange=_listed(map(_letters, strange)),
        )
    return places


def _cells(line: Line, at: _At) -> Iterator[tuple[str, str]]:
    for place, cell in line.items():
        column, wrong = at.places.get(place), ""
        value = _meant(column, cell, at.form.choices) if column else ""
        if column is None:
            wrong = "outside"
        elif cell.kind is not Kind.TEXT:
            wrong = cell.kind.value
        elif value is None:
            wrong = "not_in_list"
        if wrong:
            at.faults.append(at.form.fault(at.number, column or _letters(place), wrong=wrong))
        elif column and value:
            yield column, value


def _meant(column: str, cell: Cell, choices: Choices) -> str | None:
    return choices.meant(column, cell.text) if column in choices.options else cell.text


def _listed(words: Iterator[str]) -> str:
    return "、".join(words) or "-"


def _letters(place: int) -> str:
    first, second = divmod(place, len(_LETTERS))
    return (_LETTERS[first - 1] if first else "") + _LETTERS[second]
