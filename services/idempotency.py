"""Idempotency: a request that is sent again with its key is answered again, and done once.

The row is written first, in the transaction of the deed. A second request with the same key waits
for that transaction and then finds its answer, or nothing if it was rolled back.
"""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from models import IdempotentAnswer
from services.errors import Malformed
from services.runtime.dialects import insert
from services.runtime.sealing import Sealer

KEPT = timedelta(days=2)
"""How long answers are kept: whoever retries does so within hours."""


class IdempotencyKeyReused(Malformed):
    """The key was used before for another request."""

    code = "idempotency_key_reused"


@dataclass(frozen=True)
class Kept:
    """An answer, as it was given the first time."""

    status: int
    body: bytes


async def begin(
    db: AsyncSession,
    *,
    owner: str,
    key: str,
    request: bytes,
    sealer: Sealer,
    now: datetime,
    former: Collection[bytes] = (),
) -> Kept | None:
    """Give the answer to a repeated request, None for one that is to be answered now.

    Waits for a request with the same key that is being answered. `owner` says who asks, `request`
    is a digest of what, `former` its digests under the keys before, `now` is the machine's time.

    Raises:
        IdempotencyKeyReused
    """
    begun = await db.scalar(
        insert(db, IdempotentAnswer)
        .values(owner_sha256=_owner(owner, key), request_digest=request, asked_at=now)
        .on_conflict_do_nothing(index_elements=["owner_sha256"])
        .returning(IdempotentAnswer.owner_sha256)
    )
    if begun is not None:
        return None
    known = await db.get_one(IdempotentAnswer, _owner(owner, key))
    if known.request_digest not in {request, *former} or known.sealed_body is None:
        raise IdempotencyKeyReused
    body = sealer.open(known.sealed_body, about=_place(known))
    return Kept(status=known.status or 0, body=body)


async def keep(
    db: AsyncSession,
    *,
    owner: str,
    key: str,
    answer: Kept,
    sealer: Sealer,
    visitor_id: UUID | None = None,
) -> None:
    """Keep an answer, in the transaction that `begin` was called in.

    With a visitor's id it goes when they do; the answer to something anonymous has none.
    """
    row = await db.get_one(IdempotentAnswer, _owner(owner, key))
    row.visitor_id = visitor_id
    row.status = answer.status
    row.sealed_body = sealer.seal(answer.body, about=_place(row))


async def forget_visitor(db: AsyncSession, *, visitor_id: UUID) -> None:
    """Take away the answers to what a visitor asked under their name."""
    await db.execute(delete(IdempotentAnswer).where(IdempotentAnswer.visitor_id == visitor_id))


async def forget_old(db: AsyncSession, *, now: datetime) -> None:
    """Take away the answers that were kept long enough."""
    await db.execute(delete(IdempotentAnswer).where(IdempotentAnswer.asked_at <= now - KEPT))


def _place(row: IdempotentAnswer) -> str:
    return f"idempotent_answers.sealed_body:{row.owner_sha256}"


def _owner(owner: str, key: str) -> str:
    return hashlib.sha256(f"{owner}\n{key}".encode()).hexdigest()
