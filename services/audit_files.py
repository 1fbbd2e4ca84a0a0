"""The audit log as a file, with the digests by which anybody can check that it is whole.

Given are all entries from the first to the last of some days. The digest before the first one comes
along, so a part can be checked by itself: each link is SHA-256 over the JSON of the link before,
position, at, actor, act, subject and details, its keys sorted.
"""

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import AuditEntry, AuditHead
from models.vocabulary import Language
from services import audit, texts
from services.errors import Malformed
from services.exports import tables
from services.exports.tables import Table
from services.visits import BEIJING


class AuditDaysReversed(Malformed):
    """The last day lies before the first."""

    code = "audit_days_reversed"


class FileKind(StrEnum):
    """What kind of file."""

    XLSX = "xlsx"
    CSV = "csv"
    JSON = "json"


@dataclass(frozen=True, kw_only=True)
class Order:
    """Which Beijing days are wanted, both among them, and how."""

    first: date
    last: date
    kind: FileKind
    language: Language


@dataclass(frozen=True)
class Part:
    """Entries one after another, and what is before and after them."""

    entries: Sequence[AuditEntry]
    before: str
    """The digest that the first one goes on from."""

    head: tuple[int, str]
    """How far the log had come, and its last digest."""


async def take(
    db: AsyncSession, *, reading: AsyncSession, order: Order, actor: str, now: datetime
) -> bytes:
    """Give the log of some days, and write down that it was given.

    It is read in `reading`, so that nobody who writes waits for a large one, and that is let go
    before `db` begins.

    Raises:
        AuditDaysReversed
    """
    if order.last < order.first:
        raise AuditDaysReversed
    part = await _part(reading, order)
    await reading.close()
    # A workbook of thousands of rows takes a second of a processor: others are served meanwhile.
    made = await asyncio.to_thread(_FILES[order.kind], part, order)
    await audit.record(
        db,
        actor=actor,
        act="audit.exported",
        subject=f"audit/{order.first.isoformat()}/{order.last.isoformat()}",
        details={"kind": order.kind.value, "entries": len(part.entries)},
        now=now,
    )
    return made


async def _part(db: AsyncSession, order: Order) -> Part:
    begins = datetime.combine(order.first, time(), BEIJING)
    ends = datetime.combine(order.last + timedelta(days=1), time(), BEIJING)
    of_days = AuditEntry.at >= begins, AuditEntry.at < ends
    # By position and not by time: two who act at once may be written down in the other order, and a
    # chain with a gap proves nothing.
    positions = select(func.min(AuditEntry.position), func.max(AuditEntry.position))
    first, last = (await db.execute(positions.where(*of_days))).one()
    entries = await db.scalars(
        select(AuditEntry)
        .where(AuditEntry.position.between(first or 0, last or 0))
        .order_by(AuditEntry.position)
    )
    before = await db.get(AuditEntry, first - 1) if first else None
    head = await db.get(AuditHead, 1)
    return Part(
        entries=list(entries),
        before=before.sha256 if before else audit.FIRST_LINK,
        head=(head.position, head.sha256) if head else (0, audit.FIRST_LINK),
    )


def _json(part: Part, order: Order) -> bytes:
    position, sha256 = part.head
    whole = {
        "first_day": order.first.isoformat(),
        "last_day": order.last.isoformat(),
        "before": part.before,
        "entries": [
            {
                "position": entry.position,
                "at": entry.at.isoformat(),
                "actor": entry.actor,
                "act": entry.act,
                "subject": entry.subject,
                "details": entry.details,
                "sha256": entry.sha256,
            }
            for entry in part.entries
        ],
        "head": {"position": position, "sha256": sha256},
    }
    return json.dumps(whole, ensure_ascii=False, indent=1).encode()


def _table(part: Part, order: Order) -> Table:
    def say(key: str, **values: str | int) -> str:
        return texts.say(f"exports.audit.{key}", order.language, **values)

    columns = (
        "position", "beijing", "actor", "what", "subject", "at", "act", "details", "sha256",
        "before",
    )  # fmt: skip
    links = [part.before, *(entry.sha256 for entry in part.entries)]
    position, sha256 = part.head
    return Table(
        title=say("title"),
        head=[say(f"columns.{column}") for column in columns],
        rows=[
            (
                entry.position,
                f"{entry.at.astimezone(BEIJING):%Y-%m-%d %H:%M:%S}",
                entry.actor,
                _said(entry.act, order.language),
                entry.subject,
                entry.at.isoformat(),
                entry.act,
                json.dumps(entry.details, sort_keys=True),
                entry.sha256,
                before,
            )
            for entry, before in zip(part.entries, links, strict=False)
        ],
        notes=[
            say("notes.head", position=position, sha256=sha256),
            say("notes.formula"),
        ],
    )


def _csv(part: Part, order: Order) -> bytes:
    return tables.as_csv(_table(part, order))


def _xlsx(part: Part, order: Order) -> bytes:
    return tables.as_xlsx([_table(part, order)])


def _said(act: str, language: Language) -> str:
    key = f"pages.desk.acts.{act}"
    return texts.say(key, language) if texts.known(key) else act


_FILES: dict[FileKind, Callable[[Part, Order], bytes]] = {
    FileKind.JSON: _json,
    FileKind.CSV: _csv,
    FileKind.XLSX: _xlsx,
}
