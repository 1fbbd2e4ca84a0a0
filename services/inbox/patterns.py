"""Looking for a word anywhere in a text."""

from typing import Any

from sqlalchemy import ColumnElement, func, literal

_ESCAPE = "\\"


def contains(column: Any, word: str) -> ColumnElement[bool]:  # noqa: ANN401 - a column of texts
    """Ask for texts that have a word in them, be it one character, whatever its case."""
    for sign in (_ESCAPE, "%", "_"):
        word = word.replace(sign, _ESCAPE + sign)
    # By the database on both sides: SQLite's small letters are not Python's.
    wanted = func.lower(literal(f"%{word}%"))
    found: ColumnElement[bool] = func.lower(column).like(wanted, escape=_ESCAPE)
    return found
