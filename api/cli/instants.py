"""Instants as commands take them."""

from datetime import datetime

import typer


def instant(value: str) -> datetime:
    """Read ISO 8601 with an offset, such as 2026-03-09T15:30+08:00: without one it is ambiguous."""
    try:
        found = datetime.fromisoformat(value)
    except ValueError as error:
        raise typer.BadParameter(value) from error
    if found.tzinfo is None:
        raise typer.BadParameter(value)
    return found
