"""Documents: what a round offers to read, and the mirrored files behind it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import Consultation, Document, LinkCheck, MirroredFile
from models.vocabulary import DocumentKind, DocumentState, Language, OfficialState
from services import addresses, link_health, mirror, revisions
from services.errors import Gone, NotFound
from services.link_health import Standing, standing


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
    """Its official address, given only while it is on an allowed host and stays on such hosts."""

    official: OfficialState
    failing_since: datetime | None
    """While the official address fails: since when."""

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
    withdrawn: bool = False,
) -> list[Offer]:
    """Give a round's documents in the pack's order, narrowed by whatever is given.

    `withdrawn` gives those that are no longer offered too.
    """
    query = select(Document).where(Document.consultation_id == consultation.id)
    if not withdrawn:
        query = query.where(Document.retired.is_(False))
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
    known = await _known(db, found)
    return [_offer(document, consultation, known) for document in found]


async def offer(db: AsyncSession, *, slug: str, withdrawn: bool = False) -> Offer:
    """Give one document of any round; `withdrawn` also one that is no longer offered.

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
    if document.retired and not withdrawn:
        raise DocumentWithdrawn
    return _offer(document, consultation, await _known(db, [document]))


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


async def page_instead(db: AsyncSession, *, address: str) -> str | None:
    """Give the page with our copy while a document's official address does not give the document.

    None where the address is no document's, or good, or there is no copy.
    """
    slug = await db.scalar(
        select(Document.slug).where(Document.url == address, Document.retired.is_(False)).limit(1)
    )
    if slug is None:
        return None
    found = await offer(db, slug=slug)
    failing = found.official is OfficialState.FAILING
    return f"/documents/{slug}" if failing and found.files else None


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


@dataclass(frozen=True)
class _Known:
    """What hangs on documents, asked for all of them at once."""

    files: dict[UUID, list[MirroredFile]]
    checks: dict[str, LinkCheck]


async def _known(db: AsyncSession, documents: Sequence[Document]) -> _Known:
    official = [document.url for document in documents if document.url]
    return _Known(
        files=await _files(db, [document.id for document in documents]),
        checks=await link_health.of_addresses(db, official) if official else {},
    )


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


def _offer(document: Document, consultation: Consultation, known: _Known) -> Offer:
    files = known.files.get(document.id, [])
    check = known.checks.get(document.url or "")
    stands = standing.of(check, copy_sha256=files[0].sha256 if files else None)
    allowed = document.url and addresses.is_allowed(document.url, consultation.allowed_hosts)
    url = document.url if allowed and not stands.misleading else None
    if files:
        state = DocumentState.MIRRORED
    elif url:
        state = DocumentState.LINKED
    else:
        state = DocumentState.ANNOUNCED
    return Offer(
        document=document,
        consultation=consultation,
        state=state,
        url=url,
        official=_official(check, stands, has_copy=bool(files)),
        failing_since=check.failing_since if check and stands.failing else None,
        files=files,
    )


def _official(check: LinkCheck | None, stands: Standing, *, has_copy: bool) -> OfficialState:
    if check is None:
        return OfficialState.UNCHECKED
    if stands.failing:
        return OfficialState.FAILING
    # Without a copy there is nothing that readers could mistake for the newest.
    return OfficialState.CHANGED if stands.changed and has_copy else OfficialState.GOOD
