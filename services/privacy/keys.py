"""Changing the secret key: what the old one sealed is sealed anew, and found by new indexes.

Every column whose name begins with `sealed` is bound to `table.column:key of its row`. So they need
no list here, and a new one is never forgotten. Batches are short transactions; whoever is
interrupted begins again, and what is done already costs no write.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Column, Table, Update, select, tuple_, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from models import Base
from services.runtime.blind_index import BlindIndex
from services.runtime.database import Database
from services.runtime.sealing import Sealer, SealUnreadable

BATCH = 100

INDEXES = {"registrations.sealed_contact": "contact_index"}
"""The blind index of a sealed column, by which its value is found."""


@dataclass(frozen=True)
class Keys:
    """The installation's keys: the present one seals, it and the old one open."""

    sealer: Sealer = field(repr=False)
    index: BlindIndex = field(repr=False)


@dataclass(frozen=True)
class Place:
    """A column with sealed values."""

    table: Table
    column: Column[Any]

    @property
    def name(self) -> str:
        """Give what it is called in seals and to people."""
        return f"{self.table.name}.{self.column.name}"

    @property
    def index(self) -> Column[Any] | None:
        """Give its blind index, None for most."""
        name = INDEXES.get(self.name)
        return self.table.c[name] if name else None

    @property
    def key(self) -> Sequence[Column[Any]]:
        """Give the key of its rows."""
        return list(self.table.primary_key.columns)


@dataclass
class Outcome:
    """What became of the values of one place."""

    current: int = 0
    """Sealed with the present key already."""

    renewed: int = 0
    unreadable: int = 0
    """Sealed with a key that is not given, or damaged; left as they are."""

    clashing: int = 0
    """Sealed anew, yet found by the old index only: another row has the same value."""


def places() -> Iterator[Place]:
    """Give all columns with sealed values."""
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if column.name.startswith("sealed"):
                yield Place(table, column)


async def rotate(database: Database, *, keys: Keys) -> dict[str, Outcome]:
    """Seal everything anew that was not sealed with the present key; tell what became of it."""
    return {place.name: await _rotated(database, place, keys) for place in places()}


async def _rotated(database: Database, place: Place, keys: Keys) -> Outcome:
    outcome, after = Outcome(), None
    while True:
        async with database.transaction() as db:
            rows = await _batch(db, place, after)
            for row in rows:
                await _renew(db, place, row, keys=keys, outcome=outcome)
        if len(rows) < BATCH:
            return outcome
        after = rows[-1][: len(place.key)]


async def _batch(
    db: AsyncSession, place: Place, after: tuple[Any, ...] | None
) -> Sequence[tuple[Any, ...]]:
    index = [place.index] if place.index is not None else []
    asked = select(*place.key, place.column, *index).where(
        place.column.is_not(None), place.column != b""
    )
    if after is not None:
        asked = asked.where(tuple_(*place.key) > after)
    asked = asked.order_by(*place.key).limit(BATCH)
    return [tuple(row) for row in await db.execute(asked.with_for_update())]


async def _renew(
    db: AsyncSession, place: Place, row: tuple[Any, ...], *, keys: Keys, outcome: Outcome
) -> None:
    key, (sealed, *index) = row[: len(place.key)], row[len(place.key) :]
    about = ":".join([place.name, *(str(part) for part in key)])
    try:
        plain = keys.sealer.open(sealed, about=about)
    except SealUnreadable:
        outcome.unreadable += 1
        return
    wanted = _index(place, plain, keys)
    if keys.sealer.is_current(sealed) and wanted == index:
        outcome.current += 1
        return
    anew = {place.column.name: keys.sealer.seal(plain, about=about)}
    statement = update(place.table).where(
        *(column == part for column, part in zip(place.key, key, strict=True))
    )
    if place.index is None or await _fits(db, statement.values({place.index.name: wanted[0]})):
        outcome.renewed += 1
    else:
        outcome.clashing += 1
    await db.execute(statement.values(anew))


def _index(place: Place, plain: bytes, keys: Keys) -> list[bytes]:
    if place.index is None:
        return []
    about = f"{place.table.name}.{place.index.name}"
    return [keys.index.of(plain.decode(), about=about)]


async def _fits(db: AsyncSession, statement: Update) -> bool:
    try:
        async with db.begin_nested():
            await db.execute(statement)
    except IntegrityError:
        return False
    return True
