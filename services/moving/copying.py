"""Copying every table, and comparing what arrived with what was sent.

Values are taken as they are stored: words as text, JSON as its very text, so that nothing is
understood anew on the way. Sealed columns are bound to the ids of their rows, which stay.
"""

import hashlib
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    Enum,
    LargeBinary,
    Row,
    String,
    Table,
    TableClause,
    Text,
    cast,
    column,
    func,
    insert,
    literal_column,
    select,
    table,
    text,
    type_coerce,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import TypeDecorator, TypeEngine

from models import Base
from models.bilingual import BilingualText
from services import jobs
from services.moving.refusals import MoveFailed, TargetNotEmpty
from services.runtime.database import Database

SEEDED = frozenset({"revisions"})
"""What the migrations themselves put a row into."""

ROWS = 500
"""So many at once; of tables with files, pictures or sealed values in their rows fewer."""

ROWS_WITH_BYTES = 10
LOCK_WAIT = "10s"
_MODULUS = 1 << 256

Told = Callable[[str, int], None]


@dataclass(frozen=True)
class Moved:
    """What has come over."""

    tables: int
    rows: int
    jobs: int


@dataclass(frozen=True)
class _Sum:
    """What a table holds, whatever the order of its rows."""

    rows: int = 0
    digest: int = 0

    def plus(self, rows: Iterable[Row[Any]]) -> "_Sum":
        digests = [_digest(row) for row in rows]
        return _Sum(self.rows + len(digests), (self.digest + sum(digests)) % _MODULUS)


class _StoredJson(TypeDecorator[str]):
    """JSON as the text that is stored."""

    impl = Text
    cache_ok = True

    def bind_expression(self, bindvalue: Any) -> ColumnElement[Any]:  # noqa: ANN401 - SQLAlchemy's
        return cast(type_coerce(bindvalue, Text()), JSON())

    def column_expression(self, column: Any) -> ColumnElement[Any]:  # noqa: ANN401 - SQLAlchemy's
        return cast(column, Text())


def tables() -> list[Table]:
    """Give the tables that both kinds of database have, each after those that it refers to."""
    return [found for found in Base.metadata.sorted_tables if "only_on" not in found.info]


async def move(source: Database, target: Database, *, told: Told) -> Moved:
    """Bring everything over in one transaction; `told` hears of each table and its rows.

    Jobs that wait or were running wait at the other side, dead and expired ones are kept as such.

    Raises:
        TargetNotEmpty, MoveFailed: nothing was changed.
    """
    total, at = 0, ""
    try:
        async with source.snapshot() as db, target.writer.begin() as into:
            out = await db.connection()
            await _claim(into)
            for found in tables():
                at = found.name
                count = await _bring(out, into, found)
                told(at, count)
                total += count
            at = "jobs"
            queued = await jobs.bring_over(out, into)
            told(at, queued)
    except DBAPIError as error:
        # Its first line names the rule; values, which may be a person's, come after it.
        reason = str(error.orig).strip().splitlines()[0]
        raise MoveFailed(table=at, reason=reason) from error
    return Moved(len(tables()), total, queued)


async def _claim(into: AsyncConnection) -> None:
    """Keep everybody else out until the end, and make sure that nothing is there."""
    names = [found.name for found in tables()]
    await into.execute(text(f"SET LOCAL lock_timeout = '{LOCK_WAIT}'"))
    for name in (*names, "procrastinate_jobs"):
        await into.execute(text(f"LOCK TABLE {name} IN ACCESS EXCLUSIVE MODE"))
    for name in (*names, "procrastinate_jobs"):
        if name in SEEDED:
            await into.execute(text(f"DELETE FROM {name}"))  # noqa: S608 - a table of ours
        elif await into.scalar(select(literal_column("1")).select_from(table(name)).limit(1)):
            raise TargetNotEmpty(table=name)


async def _bring(out: AsyncConnection, into: AsyncConnection, found: Table) -> int:
    plain = _as_stored(found)
    sent = _Sum()
    async for rows in _sent(out, found, plain):
        await into.execute(
            insert(plain), [dict(zip(plain.c.keys(), row, strict=True)) for row in rows]
        )
        sent = sent.plus(rows)
    arrived = _Sum()
    async for rows in _batches(into, found, plain):
        arrived = arrived.plus(rows)
    if arrived != sent:
        raise MoveFailed(table=found.name, reason=f"{sent.rows} → {arrived.rows}")
    if (numbered := found.autoincrement_column) is not None:
        await into.execute(_next_number(found, numbered))
    return sent.rows


async def _sent(
    out: AsyncConnection, found: Table, plain: TableClause
) -> AsyncIterator[Sequence[Row[Any]]]:
    """Give the rows of a table; where they refer to each other, first those referred to."""
    own = [key.parent.name for key in found.foreign_keys if key.column.table is found]
    if not own:
        async for rows in _batches(out, found, plain):
            yield rows
        return
    left = list((await out.execute(select(plain))).all())
    [key] = [part.name for part in found.primary_key]
    while left:
        missing = {getattr(row, key) for row in left}
        ready = [row for row in left if not missing & {getattr(row, name) for name in own}]
        if not ready:
            raise MoveFailed(table=found.name, reason=f"{len(left)} ↺")
        yield ready
        left = [row for row in left if row not in ready]


async def _batches(
    connection: AsyncConnection, found: Table, plain: TableClause
) -> AsyncIterator[Sequence[Row[Any]]]:
    with_bytes = any(isinstance(part.type, LargeBinary) for part in found.columns)
    most = ROWS_WITH_BYTES if with_bytes else ROWS
    asked = select(plain).execution_options(yield_per=most)
    async with connection.stream(asked) as result:
        async for rows in result.partitions(most):
            yield rows


def _as_stored(found: Table) -> TableClause:
    return table(found.name, *(column(part.name, _stored(part)) for part in found.columns))


def _stored(part: Column[Any]) -> TypeEngine[Any]:
    if isinstance(part.type, JSON | BilingualText):
        return _StoredJson()
    return String() if isinstance(part.type, Enum) else part.type


def _next_number(found: Table, numbered: Column[Any]) -> Any:  # noqa: ANN401 - SQLAlchemy's
    """Let PostgreSQL count on from the highest number there is."""
    sequence = func.pg_get_serial_sequence(found.name, numbered.name)
    return select(func.setval(sequence, func.coalesce(func.max(numbered), 0) + 1, False))  # noqa: FBT003 - SQL's


def _digest(row: Row[Any]) -> int:
    values = tuple(value.astimezone(UTC) if isinstance(value, datetime) else value for value in row)
    return int.from_bytes(hashlib.sha256(repr(values).encode()).digest())
