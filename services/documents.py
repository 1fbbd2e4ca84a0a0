"""Documents: what a round offers to read, and the mirrored files behind it."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import Consultation, Document, MirroredFile
from models.vocabulary import DocumentKind, DocumentState, Language
from services import addresses, mirror, revisions
from services.errors import Gone, NotFound


class DocumentNotFound(NotFound):
    """There is no such document."""

    code = "document_not_found"


class DocumentWithdrawn(Gone):
    """The document is no longer offered."""

    code = "document_withdrawn"


class FileNotOffered(NotFound):
    """There is no such file."""

    code = "file_not_found"


class DocumentUnclear(NotFound):
    """The file's name does not tell which document it is."""

    code = "document_unclear"


@dataclass(frozen=True)
class Offer:
    """A document, and how it can be had."""

    document: Document
    consultation: Consultation
    state: DocumentState
    url: str | None
    """Its official address, given only while it is on an allowed host."""

    files: list[MirroredFile]
    """Our copies, newest first."""


async def offers(
    db: AsyncSession,
    *,
    consultation: Consultation,
    kind: DocumentKind | None = None,
    standard: str | None = None,
    version: str | None = None,
    section: str | None = None,
    language: Language | None = None,
) -> list[Offer]:
    """Give a round's documents in the pack's order, narrowed by whatever is given."""
    query = select(Document).where(
        Document.consultation_id == consultation.id, Document.retired.is_(False)
    )
    wanted = {
        Document.kind: kind,
        Document.standard: standard,
        Document.version: version,
        Document.section: section,
        Document.language: language,
    }
    for column, value in wanted.items():
        if value is not None:
            query = query.where(column == value)
    found = list(await db.scalars(query.order_by(Document.position)))
    files = await _files(db, [document.id for document in found])
    return [_offer(document, files.get(document.id, []), consultation) for document in found]


async def offer(db: AsyncSession, *, slug: str) -> Offer:
    """Give one document of any round.

    Raises:
        DocumentNotFound, DocumentWithdrawn
    """
    row = await db.execute(
        select(Document, Consultation)
        .join(Consultation, Consultation.id == Document.consultation_id)
        .where(Document.slug == slug)
    )
    found = row.one_or_none()
    if found is None:
        raise DocumentNotFound
    document, consultation = found
    if document.retired:
        raise DocumentWithdrawn
    files = await _files(db, [document.id])
    return _offer(document, files.get(document.id, []), consultation)


async def file(db: AsyncSession, *, sha256: str, name: str) -> MirroredFile:
    """Give a mirrored file that is offered under this very name.

    Raises:
        FileNotOffered, DocumentWithdrawn
    """
    row = await db.execute(
        select(MirroredFile, Document.retired)
        .join(Document, Document.id == MirroredFile.document_id)
        .where(MirroredFile.sha256 == sha256, MirroredFile.name == name)
        .order_by(Document.retired)
        .limit(1)
    )
    found = row.one_or_none()
    if found is None:
        raise FileNotOffered
    if found.retired:
        raise DocumentWithdrawn
    mirrored: MirroredFile = found.MirroredFile
    return mirrored


async def owner_of(db: AsyncSession, *, file_name: str) -> Document:
    """Find the document a file belongs to, by the name it was announced or is offered under.

    Extensions do not count: one was announced with its own cut off.

    Raises:
        DocumentUnclear: none has that name, or several have it.
    """
    offered = list(
        await db.scalars(
            select(Document).where(Document.retired.is_(False)).order_by(Document.position)
        )
    )
    stem = Path(file_name).stem
    names = [
        document
        for document in offered
        if stem
        in {
            Path(document.original_name or "").stem,
            Path(document.download_name or "").stem,
        }
    ]
    if len(names) != 1:
        slugs = ", ".join(document.slug for document in offered)
        raise DocumentUnclear(name=file_name, slugs=slugs)
    return names[0]


async def add_file(
    db: AsyncSession, *, document: Document, stored: mirror.StoredFile, now: datetime
) -> MirroredFile:
    """Offer a stored file as a document's newest; the same bytes again only become the newest."""
    known = await db.scalar(
        select(MirroredFile).where(
            MirroredFile.document_id == document.id,
            MirroredFile.sha256 == stored.sha256,
        )
    )
    if known is None:
        known = MirroredFile(
            document_id=document.id,
            sha256=stored.sha256,
            size_bytes=stored.size_bytes,
            content_type=stored.content_type,
            name=mirror.served_name(document.download_name, stored),
            original_name=stored.original_name,
            mirrored_at=now,
        )
        db.add(known)
    known.mirrored_at = now
    await revisions.bump(db)
    return known


async def _files(db: AsyncSession, document_ids: list[UUID]) -> dict[UUID, list[MirroredFile]]:
    files: dict[UUID, list[MirroredFile]] = {}
    found = await db.scalars(
        select(MirroredFile)
        .where(MirroredFile.document_id.in_(document_ids))
        .order_by(MirroredFile.mirrored_at.desc(), MirroredFile.id)
    )
    for item in found:
        files.setdefault(item.document_id, []).append(item)
    return files


def _offer(document: Document, files: list[MirroredFile], consultation: Consultation) -> Offer:
    allowed = document.url and addresses.is_allowed(document.url, consultation.allowed_hosts)
    url = document.url if allowed else None
    if files:
        state = DocumentState.MIRRORED
    elif url:
        state = DocumentState.LINKED
    else:
        state = DocumentState.ANNOUNCED
    return Offer(document=document, consultation=consultation, state=state, url=url, files=files)
