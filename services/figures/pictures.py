"""Pictures: a table of figures, and how it may be drawn."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from services.exports.tables import Table


class Kind(StrEnum):
    """How something is drawn."""

    BARS = "bar"
    STACKED = "stacked"
    LINES = "line"


@dataclass(frozen=True)
class Series:
    """What has one colour."""

    name: str
    values: Sequence[int | None]
    """One for each label; None draws nothing."""


@dataclass(frozen=True)
class Drawing:
    """What a chart shows."""

    kind: Kind
    labels: Sequence[str]
    series: Sequence[Series]


@dataclass(frozen=True)
class Picture:
    """Figures as a table, drawn or shaded where that helps."""

    name: str
    table: Table
    drawing: Drawing | None = None
    shades: Sequence[Sequence[int]] = field(default=())
    """For each cell of each row how dark it is, from 0 to 4; empty where nothing is shaded."""

    lines: Sequence[str] = ()
    """What stands above it in words."""
