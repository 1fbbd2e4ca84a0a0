"""Registrations as a file, with as much of a person as whoever takes it may pass on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from anyio import to_thread
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import Channel, Registration, Term, Webinar
from models.vocabulary import Language, TermSet
from services import texts, webinars
from services.exports import tables
from services.exports.tables import Cell, Table
from services.exports.visits import CSV, XLSX, ExportFormatUnknown
from services.registrations import ContactSafe

COLUMNS = (
    "number", "state", "name", "organisation", "stakeholder", "contact", "abroad", "channel",
    "registered_at", "confirmed_at", "cancelled_at", "checked_in_at",
)  # fmt: skip


class Extent(StrEnum):
    """How much of a person a file tells. The join link and the codes for the door are in none."""

    MASKED = "masked"
    """Nobody's name or contact."""

    AGREED = "agreed"
    """Names and contacts of those who agreed that ASI in Australia may have them."""

    FULL = "full"
    """Everybody's: the file stays with the contacts in China."""


@dataclass(frozen=True)
class Asked:
    """Which file is wanted."""

    webinar: Webinar
    extent: Extent
    language: Language
    safe: ContactSafe


@dataclass(frozen=True)
class _Words:
    asked: Asked
    stakeholders: Mapping[str, str]
    channels: Mapping[str, str]

    def say(self, key: str) -> str:
        return texts.say(f"exports.{key}", self.asked.language)


async def make(db: AsyncSession, *, asked: Asked) -> Table:
    """Make the table of a webinar's registrations, cancelled ones too, in the order they came."""
    words = await _words(db, asked)
    found = await db.scalars(
        select(Registration)
        .where(Registration.webinar_id == asked.webinar.id)
        .order_by(Registration.number)
    )
    return Table(
        title=words.say("registrations.title"),
        head=[words.say(f"registrations.columns.{column}") for column in COLUMNS],
        rows=[_row(one, words) for one in found],
        notes=[
            words.say(f"registrations.notes.{asked.extent.value}"),
            words.say("registrations.notes.beijing"),
        ],
    )


async def file(db: AsyncSession, *, kind: str, asked: Asked) -> bytes:
    """Give the table as .csv or .xlsx.

    Raises:
        ExportFormatUnknown
    """
    if kind not in {CSV, XLSX}:
        raise ExportFormatUnknown(kind=kind)
    table = await make(db, asked=asked)
    if kind == CSV:
        return tables.as_csv(table)
    return await to_thread.run_sync(tables.as_xlsx, [table])


def masked(name: str) -> str:
    """Give as much of a name as tells two people of one list apart for whoever knows them."""
    return f"{name[:1]}**"


def _row(registration: Registration, words: _Words) -> Sequence[Cell]:
    asked = words.asked
    contact = asked.safe.read(registration)
    open_ = asked.extent is Extent.FULL or (
        asked.extent is Extent.AGREED and registration.may_transfer_abroad
    )
    agreed = "yes" if registration.may_transfer_abroad else "no"
    stakeholder, channel = registration.stakeholder or "", registration.channel or ""
    return (
        registration.number,
        words.say(f"registrations.states.{registration.state.value}"),
        registration.name if open_ else masked(registration.name),
        registration.organisation,
        words.stakeholders.get(stakeholder, stakeholder),
        contact.value.removeprefix("+86") if open_ else contact.masked,
        words.say(f"registrations.answers.{agreed}"),
        words.channels.get(channel, channel),
        *(
            _written(instant)
            for instant in (
                registration.registered_at,
                registration.confirmed_at,
                registration.cancelled_at,
                registration.checked_in_at,
            )
        ),
    )


def _written(instant: datetime | None) -> str:
    return f"{webinars.in_beijing(instant):%Y-%m-%d %H:%M}" if instant else ""


async def _words(db: AsyncSession, asked: Asked) -> _Words:
    terms = await db.execute(
        select(Term.code, Term.label).where(
            Term.consultation_id == asked.webinar.consultation_id,
            Term.term_set == TermSet.STAKEHOLDER,
        )
    )
    channels = await db.execute(select(Channel.code, Channel.label))
    return _Words(
        asked,
        stakeholders={code: label.text(asked.language) for code, label in terms},
        channels={code: label.text(asked.language) for code, label in channels},
    )
