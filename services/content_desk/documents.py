"""Documents at the desk: their official addresses, the copies kept here, and taking them back."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import Consultation, Document, LinkCheck, MirroredFile
from models.vocabulary import Language
from services import consultations, documents, link_health, mirror
from services.content_desk import deeds, targets, uses
from services.content_desk.deeds import By
from services.content_desk.refusals import StillNeeded
from services.documents import Offer
from services.link_health import standing


@dataclass(frozen=True)
class Asked:
    """Which documents are wanted; what is empty does not matter."""

    standard: str = ""
    version: str = ""
    section: str = ""
    language: Language | None = None

    def fits(self, document: Document) -> bool:
        """Tell whether a document is one of them."""
        return all(
            wanted in {"", found}
            for wanted, found in (
                (self.standard, document.standard),
                (self.version, document.version),
                (self.section, document.section),
            )
        ) and self.language in {None, document.language}


@dataclass(frozen=True)
class Choices:
    """What the list can be narrowed by."""

    standards: Sequence[str]
    versions: Sequence[str]
    sections: Sequence[str]


@dataclass(frozen=True)
class Page:
    """A document as its page shows it."""

    offer: Offer
    check: LinkCheck | None
    standing: standing.Standing


async def listed(
    db: AsyncSession, *, asked: Asked, now: datetime
) -> tuple[Consultation, list[Offer], Choices]:
    """Give the current round's documents in the pack's order, those withdrawn too.

    Raises:
        ConsultationNotFound
    """
    current = await consultations.current(db, now=now)
    every = await documents.offers(db, consultation=current, withdrawn=True)
    choices = Choices(
        standards=_known(one.document.standard for one in every),
        versions=_known(one.document.version for one in every),
        sections=_known(one.document.section for one in every),
    )
    return current, [one for one in every if asked.fits(one.document)], choices


async def page(db: AsyncSession, *, slug: str) -> Page:
    """Give one document of any round.

    Raises:
        DocumentNotFound
    """
    offer = await documents.offer(db, slug=slug, withdrawn=True)
    official = offer.document.url
    checks = await link_health.of_addresses(db, [official]) if official else {}
    check = checks.get(official or "")
    newest = offer.files[0].sha256 if offer.files else None
    return Page(offer, check, standing.of(check, copy_sha256=newest))


async def set_address(db: AsyncSession, *, slug: str, url: str, seen: str, by: By) -> Document:
    """Set a document's official address, or take it away where `url` is empty.

    Raises:
        DocumentNotFound, ContentChanged, AddressInsecure, AddressInside, AddressOffList
    """
    document = await _locked(db, slug)
    former = state_of(document)
    deeds.require_seen(former, seen)
    if url:
        hosts = await db.scalar(
            select(Consultation.allowed_hosts).where(Consultation.id == document.consultation_id)
        )
        targets.require_address(url, hosts=hosts or (), field="url")
    document.url = url or None
    if deeds.changed(former, state_of(document)):
        act = "document_linked" if url else "document_unlinked"
        await _record(db, act, document, by=by, details={"url": url} if url else {})
    return document


async def add_file(
    db: AsyncSession, *, slug: str, stored: mirror.StoredFile, by: By
) -> MirroredFile:
    """Offer a stored file as a document's newest.

    Raises:
        DocumentNotFound
    """
    document = await _locked(db, slug)
    added = await documents.add_file(db, document=document, stored=stored, now=by.now)
    await _record(db, "document_file_added", document, by=by, details={"sha256": stored.sha256})
    return added


async def accept(db: AsyncSession, *, slug: str, seen: str, by: By) -> None:
    """Take the file that the official address gives now for the right one.

    Raises:
        DocumentNotFound, ContentChanged, AddressNotWatched
    """
    document = await _locked(db, slug)
    deeds.require_seen(state_of(document), seen)
    await link_health.accept(db, address=document.url or "")
    await _record(db, "document_accepted", document, by=by)


async def withdraw(db: AsyncSession, *, slug: str, seen: str, by: By) -> None:
    """Take a document back: its page says so, its files are given no more. Undone by `announce`.

    Raises:
        DocumentNotFound, ContentChanged, StillNeeded
    """
    document = await _locked(db, slug)
    deeds.require_seen(state_of(document), seen)
    needing = await uses.of_document(db, document=document, now=by.now)
    if needing:
        raise StillNeeded(needing)
    document.retired = True
    await _record(db, "document_withdrawn", document, by=by)


async def announce(db: AsyncSession, *, slug: str, seen: str, by: By) -> None:
    """Offer a document again.

    Raises:
        DocumentNotFound, ContentChanged
    """
    document = await _locked(db, slug)
    deeds.require_seen(state_of(document), seen)
    document.retired = False
    await _record(db, "document_announced", document, by=by)


def state_of(document: Document) -> Mapping[str, object]:
    """Give what the page shows of a document and lets change."""
    return {"url": document.url, "retired": document.retired}


def _known(values: Iterable[str | None]) -> list[str]:
    return sorted({value for value in values if value})


async def _locked(db: AsyncSession, slug: str) -> Document:
    await documents.offer(db, slug=slug, withdrawn=True)
    found = await db.scalars(
        select(Document)
        .where(Document.slug == slug)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return found.one()


async def _record(
    db: AsyncSession,
    act: str,
    document: Document,
    *,
    by: By,
    details: Mapping[str, str] | None = None,
) -> None:
    await deeds.record(db, act, subject=f"document/{document.slug}", by=by, details=details)
