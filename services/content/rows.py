"""The row that an entry of a content pack is: which one, and what its columns should hold."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from models import Bilingual, Row

Value = (
    str
    | int
    | bool
    | datetime
    | list[str]
    | list[dict[str, Any]]
    | dict[str, Any]
    | Bilingual
    | None
)


@dataclass(frozen=True)
class Parent:
    """A reference to a row that an earlier record makes."""

    table: type[Row]
    key: str


@dataclass(frozen=True)
class Record:
    """One row as the pack wants it."""

    table: type[Row]
    key: str
    """The natural key, its parts joined by slashes: unique within the table, for ever."""

    identity: Mapping[str, str | Parent]
    """The columns by which the row is found."""

    fields: Mapping[str, Value]
    """The columns the pack decides."""

    @property
    def kind(self) -> str:
        """The table's name."""
        return str(self.table.__tablename__)
