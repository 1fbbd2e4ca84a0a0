"""Importing: what a filled-in form would enter is shown first, and entered when confirmed.

A row is known by a keyed digest of what it says and who says it, so that a form that is read again
enters nothing twice: see decision 0054.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from models import Consultation, FeedbackImport
from models.vocabulary import EntryWay, FeedbackKind, FeedbackSource, Language
from services.feedback import chain, entering, origins
from services.feedback.content import Content
from services.feedback.entering import Entered, Entry
from services.feedback.origins import Arrival, Person
from services.feedback_desk import answering
from services.feedback_desk.answering import Deed
from services.feedback_forms.refusals import ImportGone
from services.runtime.blind_index import BlindIndex
from services.runtime.sealing import Sealer

PATIENCE = timedelta(days=1)
"""How long what was read waits to be confirmed."""

_KEY = "feedback_origins.row_key"


@dataclass(frozen=True)
class Row:
    """One row of a form that may be entered."""

    number: int
    content: Content
    person: Person


@dataclass(frozen=True)
class Safe:
    """The installation's keys, as far as forms need them."""

    sealer: Sealer
    index: BlindIndex


@dataclass(frozen=True)
class Seen:
    """A row, and what becomes of it."""

    row: Row
    key: bytes
    receipt: str | None
    """Of the item that it was entered as before."""

    repeats: int | None
    """The row of the same file that says the same."""

    @property
    def is_new(self) -> bool:
        """Tell whether it is to be entered."""
        return self.receipt is None and self.repeats is None


async def keep(
    db: AsyncSession, *, rows: Sequence[Row], consultation: Consultation, by: Deed, safe: Safe
) -> FeedbackImport:
    """Keep what was read until somebody confirms it."""
    kept = FeedbackImport(
        consultation_id=consultation.id,
        uploaded_by_id=by.account.id,
        uploaded_at=by.now,
        sealed_rows=b"",
    )
    plain = json.dumps([asdict(row) for row in rows], ensure_ascii=False).encode()
    kept.sealed_rows = safe.sealer.seal(plain, about=_place(kept.id))
    db.add(kept)
    await db.flush()
    return kept


async def preview(
    db: AsyncSession, *, import_id: UUID, safe: Safe, now: datetime
) -> tuple[Consultation, list[Seen]]:
    """Give the round, and what would be entered into it or not, in the order of the file.

    Raises:
        ImportGone, SealUnreadable
    """
    kept = await _kept(db, import_id, now)
    return await db.get_one(Consultation, kept.consultation_id), await _seen(db, kept, safe)


async def confirm(
    db: AsyncSession,
    *,
    import_id: UUID,
    received_on: date,
    safe: Safe,
    by: Deed,
    now: datetime,
) -> Entered:
    """Enter the new rows of a form that was read, all of them or none; `now` is the round's time.

    Raises:
        ImportGone, RoundNotOpen, RoundClosed, ReceivedOutsideRound, SectionUnknown, TermUnknown,
        SenderUnnamed
    """
    kept = await _kept(db, import_id, by.now, held=True)
    consultation = await db.get_one(Consultation, kept.consultation_id)
    # Whoever holds the head enters alone: two that confirm the same rows go one after the other.
    await chain.head(db, of=chain.series(consultation, FeedbackKind.COMMENT))
    seen = await _seen(db, kept, safe)
    done = await entering.enter(
        db,
        consultation=consultation,
        entries=[
            Entry(content=one.row.content, person=one.row.person, row_key=one.key)
            for one in seen
            if one.is_new
        ],
        arrival=Arrival(way=EntryWay.FORM, received_on=received_on, entered_by_id=by.account.id),
        source=FeedbackSource.EXCEL,
        sealer=safe.sealer,
        now=now,
    )
    await db.delete(kept)
    await db.flush()
    first, last = (done.receipts[0], done.receipts[-1]) if done.receipts else ("-", "-")
    details = {"entered": len(done.items), "rows": len(seen), "first": first, "last": last}
    await answering.record(db, "feedback.imported", consultation.slug, by=by, details=details)
    return done


async def forget_old(db: AsyncSession, *, now: datetime) -> None:
    """Take away what was read and never confirmed."""
    await db.execute(delete(FeedbackImport).where(FeedbackImport.uploaded_at <= now - PATIENCE))


async def _kept(
    db: AsyncSession, import_id: UUID, now: datetime, *, held: bool = False
) -> FeedbackImport:
    kept = await db.get(
        FeedbackImport, import_id, with_for_update=held or None, populate_existing=True
    )
    if kept is None or kept.uploaded_at <= now - PATIENCE:
        raise ImportGone
    return kept


async def _seen(db: AsyncSession, kept: FeedbackImport, safe: Safe) -> list[Seen]:
    plain = safe.sealer.open(kept.sealed_rows, about=_place(kept.id))
    rows = [_row(said) for said in json.loads(plain)]
    keys = [_keys(row, kept.consultation_id, safe.index) for row in rows]
    known = await origins.known(db, row_keys={key for each in keys for key in each})
    seen: list[Seen] = []
    first: dict[bytes, int] = {}
    for row, (key, *former) in zip(rows, keys, strict=True):
        receipt = next((known[one] for one in (key, *former) if one in known), None)
        seen.append(Seen(row, key, receipt, first.get(key)))
        first.setdefault(key, row.number)
    return seen


def _row(said: Mapping[str, Any]) -> Row:
    content = said["content"] | {
        "language": Language(said["content"]["language"]),
        "attachments": (),
    }
    return Row(said["number"], Content(**content), Person(**said["person"]))


def _keys(row: Row, consultation_id: UUID, index: BlindIndex) -> list[bytes]:
    """Give the key of a row, and those it had under the secret keys before."""
    said = row.content
    parts = [
        str(consultation_id),
        (row.person.contact or row.person.name or said.organisation or "").casefold(),
        *(said.standard, said.version, said.section),
        *(said.comment, said.proposed_text, said.rationale, said.comment_type, said.stance),
    ]
    value = json.dumps(parts, ensure_ascii=False)
    return [index.of(value, about=_KEY), *index.former(value, about=_KEY)]


def _place(import_id: UUID) -> str:
    return f"feedback_imports.sealed_rows:{import_id}"
