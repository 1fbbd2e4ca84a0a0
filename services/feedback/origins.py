"""Origins: who sent what staff entered, and how it reached them. Kept sealed, read by few."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models import FeedbackItem, FeedbackOrigin, StaffAccount
from models.vocabulary import EntryWay
from services.runtime.sealing import Sealer


@dataclass(frozen=True, kw_only=True)
class Person:
    """Who sent something, as far as they said."""

    name: str = field(default="", repr=False)
    contact: str = field(default="", repr=False)

    def __bool__(self) -> bool:
        """Tell whether they said anything of themselves."""
        return bool(self.name or self.contact)


NOBODY = Person()


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """How something reached us, on which day in the round's zone, and who of ours enters it."""

    way: EntryWay
    received_on: date
    entered_by_id: UUID


@dataclass(frozen=True)
class Told:
    """What is known of where an item comes from."""

    way: EntryWay
    received_on: date
    entered_by: str
    person: Person = field(repr=False)


def begin(
    item: FeedbackItem,
    *,
    arrival: Arrival,
    person: Person,
    sealer: Sealer,
    row_key: bytes | None = None,
) -> FeedbackOrigin:
    """Write down where an item comes from."""
    sealed = None
    if person:
        said = {"name": person.name, "contact": person.contact}
        plain = json.dumps(said, ensure_ascii=False).encode()
        sealed = sealer.seal(plain, about=_place(item.id))
    return FeedbackOrigin(
        item_id=item.id,
        entered_by_id=arrival.entered_by_id,
        way=arrival.way,
        received_on=arrival.received_on,
        sealed_sender=sealed,
        row_key=row_key,
    )


async def of_item(db: AsyncSession, *, item: FeedbackItem, sealer: Sealer) -> Told | None:
    """Give where an item comes from, None for what its sender sent.

    Raises:
        SealUnreadable
    """
    asked = (
        select(FeedbackOrigin, StaffAccount.name)
        .join(StaffAccount, StaffAccount.id == FeedbackOrigin.entered_by_id)
        .where(FeedbackOrigin.item_id == item.id)
    )
    found = (await db.execute(asked)).one_or_none()
    if found is None:
        return None
    origin, entered_by = found
    return Told(origin.way, origin.received_on, entered_by, _person(origin, sealer))


async def ways(db: AsyncSession, *, item_ids: Iterable[UUID]) -> dict[UUID, FeedbackOrigin]:
    """Give the origins of the items that have one, who sent them still sealed."""
    asked = select(FeedbackOrigin).where(FeedbackOrigin.item_id.in_(list(item_ids)))
    return {found.item_id: found for found in await db.scalars(asked)}


async def is_named(db: AsyncSession, *, item: FeedbackItem) -> bool:
    """Tell whether we know who sent an item, though no visitor did."""
    asked = select(FeedbackOrigin.item_id).where(
        FeedbackOrigin.item_id == item.id, FeedbackOrigin.sealed_sender.is_not(None)
    )
    return await db.scalar(asked) is not None


async def known(db: AsyncSession, *, row_keys: Iterable[bytes]) -> dict[bytes, str]:
    """Give the receipts of the rows of forms that were entered, by their keys."""
    rows = await db.execute(
        select(FeedbackOrigin.row_key, FeedbackItem.receipt)
        .join(FeedbackItem, FeedbackItem.id == FeedbackOrigin.item_id)
        .where(FeedbackOrigin.row_key.in_(list(row_keys)))
    )
    return {key: receipt for key, receipt in rows if key is not None}


async def forget_sender(db: AsyncSession, *, item_id: UUID) -> None:
    """Take away who sent an item. That its row was entered stays: it must not come in again."""
    await db.execute(
        update(FeedbackOrigin).where(FeedbackOrigin.item_id == item_id).values(sealed_sender=None)
    )


def _person(origin: FeedbackOrigin, sealer: Sealer) -> Person:
    if origin.sealed_sender is None:
        return NOBODY
    plain = sealer.open(origin.sealed_sender, about=_place(origin.item_id))
    return Person(**json.loads(plain))


def _place(item_id: UUID) -> str:
    return f"feedback_origins.sealed_sender:{item_id}"
