"""Comparing a content pack with the database, and applying the difference.

A three-way comparison: what the pack says now, what it said when it was last loaded, what the row
holds. A row that staff have edited since, or made themselves, keeps its edit and shows as a
conflict.
"""

import hashlib
import json
from collections.abc import Container
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import ContentRecord, ContentRow, Document, Row, Webinar
from services import revisions
from services.content import link_rules
from services.content.pack import Pack
from services.content.records import plain, records
from services.content.rows import Parent, Record
from services.errors import Conflict


class SlugTaken(Conflict):
    """An address of the pack belongs to another round already."""

    code = "slug_taken"


class ChangeKind(StrEnum):
    """What loading does to a field or a row."""

    ADDED = "added"
    CHANGED = "changed"
    CONFLICT = "conflict"
    """Edited by staff since the last load: kept, unless overwriting is asked for."""

    RETIRED = "retired"
    """No longer in the pack: hidden, never deleted."""

    RESTORED = "restored"
    """In the pack again after having been retired."""


Place = tuple[str, str, str]
"""A table, a row's natural key, and a field."""

RETIRED = "retired"
"""The field that no pack has: whether the row has been taken off."""


@dataclass(frozen=True)
class Change:
    """One difference between a pack and the database."""

    kind: ChangeKind
    table: str
    key: str
    field: str = ""
    before: Any = None
    after: Any = None

    @property
    def place(self) -> Place:
        """Name what differs."""
        return self.table, self.key, self.field


@dataclass
class Plan:
    """What loading a pack would do; `changes` in the order of the pack's files."""

    changes: list[Change] = field(default_factory=list)
    rows: list[tuple[Record, Row | None]] = field(default_factory=list)
    retiring: list[tuple[ContentRecord, ContentRow]] = field(default_factory=list)


async def diff(db: AsyncSession, *, pack: Pack, holding: bool = False) -> Plan:
    """Compare without changing anything.

    `holding` keeps others from changing the rows until the transaction ends: what is carried out
    is then what was compared.

    Raises:
        SlugTaken: a document or webinar of another round has the same slug.
    """
    plan = Plan()
    remembered = {(row.kind, row.key): row for row in await db.scalars(select(ContentRecord))}
    wanted = records(pack)
    for record in wanted:
        row = await _find(db, record, holding=holding)
        base = remembered.get((record.kind, record.key))
        plan.rows.append((record, row))
        plan.changes += _changes(record, row, base.fields if base else None)
    kept = {(record.kind, record.key) for record in wanted}
    for at, base in remembered.items():
        ours = base.pack == pack.round.slug or link_rules.comes_with(pack, base)
        if ours and at not in kept:
            await _plan_retirement(db, plan, base)
    return plan


async def load(
    db: AsyncSession, *, pack: Pack, now: datetime, overwrite: bool = False
) -> list[Change]:
    """Apply a pack in the caller's transaction and give what changed; repeating it does nothing.

    Rows are hidden or changed, never deleted: what people submitted may hang on them.

    Raises:
        SlugTaken
    """
    plan = await diff(db, pack=pack, holding=True)
    taking = frozenset(change.place for change in plan.changes) if overwrite else frozenset()
    return await carry_out(db, plan=plan, pack=pack, now=now, taking=taking)


async def carry_out(
    db: AsyncSession, *, plan: Plan, pack: Pack, now: datetime, taking: Container[Place] = ()
) -> list[Change]:
    """Do what a plan of this pack says, in the transaction it was made in, and give what changed.

    A conflict is settled as the pack has it if it is in `taking`; else staff's edit stays.
    """
    done = [_done(change) if change.place in taking else change for change in plan.changes]
    kept = {change.place for change in done if change.kind is ChangeKind.CONFLICT}
    made: dict[tuple[type[Row], str], Row] = {}
    for record, found in plan.rows:
        row = found if found is not None else await _add(db, record, made)
        _change(row, record, kept)
        made[record.table, record.key] = row
        await _remember(db, record, row, pack=pack.round.slug, now=now)
    for base, retiring in plan.retiring:
        retiring.retired = True
        await db.delete(base)
    if plan.changes:
        await revisions.bump(db)
    return done


def fingerprint(plan: Plan) -> str:
    """Name what a plan would do: another pack, or a row changed since, and it is another one."""
    wanted = [
        (record.kind, record.key, {name: plain(value) for name, value in record.fields.items()})
        for record, _ in plan.rows
    ]
    changes = [(*change.place, change.kind, change.before, change.after) for change in plan.changes]
    said = json.dumps([wanted, changes], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(said.encode()).hexdigest()


def _changes(record: Record, row: Row | None, base: dict[str, Any] | None) -> list[Change]:
    if row is None:
        return [Change(ChangeKind.ADDED, record.kind, record.key)]
    changes = []
    retired = isinstance(row, ContentRow) and row.retired
    if retired and base is not None:
        # Who takes a row off by a pack forgets what packs said of it: this one staff took off.
        at = (record.kind, record.key, RETIRED)
        changes.append(Change(ChangeKind.CONFLICT, *at, before=True, after=False))
    elif retired:
        changes.append(Change(ChangeKind.RESTORED, record.kind, record.key))
    for name, value in record.fields.items():
        before, after = plain(getattr(row, name)), plain(value)
        if before != after:
            # A row that no pack speaks of, and that is shown, was made by staff.
            edited = not retired if base is None else name in base and before != base[name]
            kind = ChangeKind.CONFLICT if edited else ChangeKind.CHANGED
            changes.append(Change(kind, record.kind, record.key, name, before, after))
    return changes


def _done(change: Change) -> Change:
    """Show a conflict that was overwritten as the change it became."""
    if change.kind is not ChangeKind.CONFLICT:
        return change
    return replace(change, kind=ChangeKind.CHANGED)


async def _find(db: AsyncSession, record: Record, *, holding: bool) -> Row | None:
    identity: dict[str, Any] = {}
    for name, value in record.identity.items():
        if isinstance(value, Parent):
            # Every parent is known by its slug.
            parent = await db.scalar(select(value.table).filter_by(slug=value.key))
            if parent is None:
                await _require_free(db, record)
                return None
            identity[name] = parent.id
        else:
            identity[name] = value
    asked = select(record.table).filter_by(**identity)
    if holding:
        asked = asked.with_for_update().execution_options(populate_existing=True)
    row: Row | None = await db.scalar(asked)
    if row is None:
        await _require_free(db, record)
    return row


async def _require_free(db: AsyncSession, record: Record) -> None:
    """Refuse a slug of another round: it is unique over all, while rows are found within one."""
    if record.table not in {Document, Webinar}:
        return
    if await db.scalar(select(record.table.id).filter_by(slug=record.key)) is not None:
        raise SlugTaken(table=record.kind, slug=record.key)


async def _plan_retirement(db: AsyncSession, plan: Plan, base: ContentRecord) -> None:
    row = await db.get(_table(base.kind), base.row_id)
    if isinstance(row, ContentRow) and not row.retired:
        plan.retiring.append((base, row))
        plan.changes.append(Change(ChangeKind.RETIRED, base.kind, base.key))


def _table(name: str) -> type[Row]:
    return next(
        mapper.class_ for mapper in Row.registry.mappers if mapper.class_.__tablename__ == name
    )


async def _add(db: AsyncSession, record: Record, made: dict[tuple[type[Row], str], Row]) -> Row:
    identity = {
        name: made[value.table, value.key].id if isinstance(value, Parent) else value
        for name, value in record.identity.items()
    }
    row = record.table(**identity, **record.fields)
    db.add(row)
    await db.flush()
    return row


def _change(row: Row, record: Record, conflicts: set[tuple[str, str, str]]) -> None:
    if isinstance(row, ContentRow) and (record.kind, record.key, RETIRED) not in conflicts:
        row.retired = False
    for name, value in record.fields.items():
        differs = plain(getattr(row, name)) != plain(value)
        if differs and (record.kind, record.key, name) not in conflicts:
            setattr(row, name, value)


async def _remember(
    db: AsyncSession, record: Record, row: Row, *, pack: str, now: datetime
) -> None:
    fields = {name: plain(value) for name, value in record.fields.items()}
    base = await db.get(ContentRecord, (record.kind, record.key))
    if base is None:
        db.add(
            ContentRecord(
                kind=record.kind,
                key=record.key,
                pack=pack,
                row_id=row.id,
                fields=fields,
                loaded_at=now,
            )
        )
    elif (base.fields, base.pack) != (fields, pack):
        base.fields, base.pack, base.loaded_at = fields, pack, now
