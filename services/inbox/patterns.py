"""Looking for a word anywhere in a text."""

from typing import Any

from sqlalchemy import ColumnElement, func

_ESCAPE = "\\"


def contains(column: Any, word: str) -> ColumnElement[bool]:  # noqa: ANN401 - a column of texts
    """Ask for texts that have a word in them, be it one character, whatever its case."""
    for sign in (_ESCAPE, "%", "_"):
        word = word.replace(sign, _ESCAPE + sign)
    found: ColumnElement[bool] = func.lower(column).like(f"%{word.lower()}%", escape=_ESCAPE)
    return found
