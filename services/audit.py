"""The audit log: who of us did what, chained so that a later change shows.

An entry is written in the transaction of the deed itself: both happen or neither. The database
refuses to change or remove entries; who gets around that breaks the chain.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import AuditEntry, AuditHead
from services.runtime.dialects import insert

FIRST_LINK = "0" * 64

COMMAND_LINE = "command line"
"""The actor where somebody works on the machine itself: who that is, the machine knows."""


async def record(
    db: AsyncSession,
    *,
    actor: str,
    act: str,
    subject: str,
    now: datetime,
    details: Mapping[str, Any] | None = None,
) -> AuditEntry:
    """Write down a deed. `details` are ids and words, never a text or a person's data.

    Locks the head of the chain until the transaction ends: to be called last.
    """
    await db.execute(
        insert(db, AuditHead).values(id=1, position=0, sha256=FIRST_LINK).on_conflict_do_nothing()
    )
    locked = select(AuditHead).with_for_update().execution_options(populate_existing=True)
    head = (await db.scalars(locked)).one()
    entry = AuditEntry(
        position=head.position + 1,
        at=now,
        actor=actor,
        act=act,
        subject=subject,
        details=dict(details or {}),
        sha256="",
    )
    entry.sha256 = _link(head.sha256, entry)
    head.position, head.sha256 = entry.position, entry.sha256
    db.add(entry)
    await db.flush()
    return entry


async def entries(db: AsyncSession, *, most: int, before: int | None = None) -> list[AuditEntry]:
    """Give entries, the newest first; `before` is the position to go on from."""
    asked = select(AuditEntry).order_by(AuditEntry.position.desc()).limit(most)
    if before is not None:
        asked = asked.where(AuditEntry.position < before)
    return list(await db.scalars(asked))


async def first_fault(db: AsyncSession) -> int | None:
    """Give the first position that is not as it was written, None if all are.

    An entry that is gone is a fault where it stood, also at the log's end.
    """
    previous, position = FIRST_LINK, 0
    stream = await db.stream_scalars(select(AuditEntry).order_by(AuditEntry.position))
    async for entry in stream:
        position += 1
        if entry.position != position or entry.sha256 != _link(previous, entry):
            return position
        previous = entry.sha256
    head = await db.get(AuditHead, 1)
    told = (head.position, head.sha256) if head else (0, FIRST_LINK)
    return None if told == (position, previous) else position + 1


def _link(previous: str, entry: AuditEntry) -> str:
    parts = [
        previous,
        entry.position,
        entry.at.isoformat(),
        entry.actor,
        entry.act,
        entry.subject,
        entry.details,
    ]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
