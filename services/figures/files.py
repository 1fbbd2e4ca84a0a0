"""The same figures as a file, and the entry that says who took it."""

import asyncio
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services import audit
from services.errors import NotFound
from services.exports import tables
from services.figures.boards import Board

XLSX = ".xlsx"
CSV = ".csv"


class FigureNotFound(NotFound):
    """There is no such table of figures."""

    code = "figure_not_found"


async def take(
    db: AsyncSession, *, board: Board, picture: str | None, actor: str, now: datetime
) -> bytes:
    """Give one picture's table as CSV, or all of them as a workbook, and write down who took it.

    Raises:
        FigureNotFound
    """
    if picture is None:
        every = [one.table for one in board.pictures]
        # A workbook takes a while of a processor: others are served meanwhile.
        made = await asyncio.to_thread(tables.as_xlsx, every)
    else:
        found = [one.table for one in board.pictures if one.name == picture]
        if not found:
            raise FigureNotFound
        made = tables.as_csv(found[0])
    await audit.record(
        db,
        actor=actor,
        act="figures.exported",
        subject=f"figures/{picture or 'all'}",
        details={"first": board.span.first.isoformat(), "last": board.span.last.isoformat()},
        now=now,
    )
    return made
