"""Documents."""

from pathlib import PurePath
from typing import Annotated

from fastapi import APIRouter, Query

from api.conditional import ConditionalRoute
from api.dependencies import CurrentParts, Now, ReadDb
from api.problems import refusals
from api.urls import Urls
from miniprogram_contract import documents as contract
from miniprogram_contract.consultations import AskInLanguage
from miniprogram_contract.messages import Page
from models import MirroredFile
from models.vocabulary import Language
from services import consultations, documents

router = APIRouter(tags=["documents"], route_class=ConditionalRoute)


@router.get(
    "/documents",
    response_model=Page[contract.Document],
    responses=refusals(consultations.ConsultationNotFound),
)
async def list_documents(
    ask: Annotated[contract.FindDocuments, Query()],
    db: ReadDb,
    now: Now,
    parts: CurrentParts,
) -> Page[contract.Document]:
    """List the documents of a round, by default the current one, in the announcement's order."""
    chosen = await consultations.chosen(db, slug=ask.consultation, now=now)
    narrowed = ask.model_dump(exclude={"consultation", "lang"})
    found = await documents.offers(db, consultation=chosen, **narrowed)
    items = [_document(offer, parts.urls, ask.lang) for offer in found]
    return Page(items=items, next=None)


@router.get(
    "/documents/{slug}",
    responses=refusals(documents.DocumentNotFound, documents.DocumentWithdrawn),
)
async def show_document(
    slug: str, ask: Annotated[AskInLanguage, Query()], db: ReadDb, parts: CurrentParts
) -> contract.Document:
    """Show one document of any round."""
    offer = await documents.offer(db, slug=slug)
    return _document(offer, parts.urls, ask.lang)


def _document(offer: documents.Offer, urls: Urls, language: Language) -> contract.Document:
    document = offer.document
    files = [_file(file, urls) for file in offer.files]
    return contract.Document(
        slug=document.slug,
        kind=document.kind,
        state=offer.state,
        title=document.title.text(language),
        summary=document.summary.text(language) if document.summary else None,
        change_note=document.change_note.text(language) if document.change_note else None,
        standard=document.standard,
        version=document.version,
        section=document.section,
        language=document.language,
        original_name=document.original_name,
        url=offer.url,
        official_state=offer.official,
        official_failing_since=offer.failing_since,
        file=files[0] if files else None,
        earlier_files=files[1:],
        page_url=urls.document(document.slug),
        hub_url=offer.consultation.hub_url,
    )


def _file(file: MirroredFile, urls: Urls) -> contract.File:
    return contract.File(
        url=urls.file(file),
        name=file.name,
        file_type=PurePath(file.name).suffix.removeprefix("."),
        content_type=file.content_type,
        size_bytes=file.size_bytes,
        sha256=file.sha256,
        mirrored_at=file.mirrored_at,
    )
