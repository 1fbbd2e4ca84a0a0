"""Documents at the desk: the list, one document's official address and its copies."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.concurrency import run_in_threadpool
from pydantic import BeforeValidator
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from api import problems
from api.dependencies import Db, Now, ReadDb
from api.pages import forms
from api.pages.forms import Form, Told
from api.staff import content_words
from api.staff.callers import DeskForm, EditsContent, ReadsContent, Staff
from api.staff.content_forms import (
    Address,
    Deed,
    Seen,
    SentFile,
    Uploaded,
    Uploader,
    anew,
    by,
)
from miniprogram_contract.messages import Request as Message
from models import Document
from models.vocabulary import Language
from services import mirror
from services.content_desk import documents, uses
from services.content_desk.documents import Asked
from services.errors import Refusal
from services.mirror import StoredFile

router = APIRouter(prefix="/staff/content", include_in_schema=False)

DOCUMENTS = "/staff/content/documents"
FILE_PATH = "/staff/content/document-file"
"""One for all documents: the limit of a body goes by its path."""

DONE = frozenset({"linked", "file", "accepted", "withdrawn", "announced"})

Narrowing = Annotated[str, Query(max_length=20)]


def _nothing(value: object) -> object:
    return value or None


class SetAddress(Message):
    """Where the official site has a document; empty for nowhere."""

    seen: Seen
    url: Address = ""


class DocumentAct(StrEnum):
    """What a button does to a document."""

    ACCEPT = "accept"
    WITHDRAW = "withdraw"
    ANNOUNCE = "announce"


DEEDS = {
    DocumentAct.ACCEPT: (documents.accept, "accepted"),
    DocumentAct.WITHDRAW: (documents.withdraw, "withdrawn"),
    DocumentAct.ANNOUNCE: (documents.announce, "announced"),
}


@dataclass(frozen=True)
class Look:
    """A document's page."""

    slug: str
    now: datetime
    done: str = ""


@router.get("/documents")
async def list_documents(
    staff: ReadsContent,
    db: ReadDb,
    now: Now,
    standard: Narrowing = "",
    version: Narrowing = "",
    section: Narrowing = "",
    language: Annotated[Language | None, BeforeValidator(_nothing), Query()] = None,
) -> Response:
    """Show the current round's documents."""
    asked = Asked(standard, version, section, language)
    consultation, offers, choices = await documents.listed(db, asked=asked, now=now)
    return staff.page(
        "content_documents.html",
        asked=asked,
        consultation=consultation,
        offers=offers,
        choices=choices,
        languages=list(Language),
    )


@router.get("/documents/{slug}")
async def show_document(
    slug: str,
    staff: ReadsContent,
    db: ReadDb,
    now: Now,
    done: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """Show a document as staff see it, and what readers are given."""
    return await _page(staff, db, Look(slug, now, done if done in DONE else ""))


@router.post("/documents/{slug}")
async def set_address(slug: str, staff: EditsContent, form: DeskForm, db: Db, now: Now) -> Response:
    """Set or take away a document's official address."""

    async def deed() -> Told:
        wish = form.read(SetAddress)
        await documents.set_address(db, slug=slug, url=wish.url, seen=wish.seen, by=by(staff, now))
        return Told(f"{DOCUMENTS}/{slug}")

    async def again(shown: Form) -> Response:
        return await _page(staff, db, Look(slug, now), shown)

    return await form.handled(
        db, deed=deed, again=again, leave=lambda told: form.caller.go(told.to, done="linked")
    )


@router.post("/documents/{slug}/{act}")
async def act_on_document(
    slug: str, act: DocumentAct, staff: EditsContent, form: DeskForm, db: Db, now: Now
) -> Response:
    """Accept the official site's new file, take a document back, or offer it again."""
    do, done = DEEDS[act]

    async def deed() -> Told:
        await do(db, slug=slug, seen=form.read(Deed).seen, by=by(staff, now))
        return Told(f"{DOCUMENTS}/{slug}")

    async def again(shown: Form) -> Response:
        return await _page(staff, db, Look(slug, now), replace(shown, values={}))

    return await form.handled(
        db, deed=deed, again=again, leave=lambda told: form.caller.go(told.to, done=done)
    )


@router.post(FILE_PATH.removeprefix(router.prefix))
async def add_file(staff: Uploader, sent: Uploaded, db: Db, now: Now) -> Response:
    """Take a file in, and offer it as its document's newest."""
    slug, folder = sent.form.values.get("document", ""), staff.caller.parts.settings.files_dir

    async def again(shown: Form) -> Response:
        return await _page(staff, db, Look(slug, now), replace(shown, values={}))

    try:
        sent.form.require_fresh()
        # Before the transaction begins: the disk may take its time.
        stored = await run_in_threadpool(_taken_in, sent, folder)
    except Refusal as refusal:
        return problems.saying_when(await again(sent.form.refused(refusal)), refusal)

    async def deed() -> Told:
        await documents.add_file(db, slug=slug, stored=stored, by=by(staff, now))
        return Told(f"{DOCUMENTS}/{slug}")

    # Another file is another form, though everything else in it is the same.
    form = replace(sent.form, values={**sent.form.values, "sha256": stored.sha256})
    return await form.handled(
        db, deed=deed, again=again, leave=lambda told: form.caller.go(told.to, done="file")
    )


def _taken_in(sent: SentFile, folder: Path) -> StoredFile:
    return mirror.take_in(sent.require_some(), folder=folder, name=sent.name)


async def _page(staff: Staff, db: AsyncSession, look: Look, form: Form | None = None) -> Response:
    language = staff.caller.language
    found = await documents.page(db, slug=look.slug)
    document = found.offer.document
    await db.refresh(document)
    said = _said(document)
    state = documents.state_of(document)
    given = form or forms.shown(staff.caller)
    shown, differing = anew(replace(given, values={**said, **given.values}), state, said)
    return staff.page(
        "content_document.html",
        status=shown.faults.status,
        form=shown,
        differing=differing,
        look=look,
        offer=found.offer,
        document=document,
        standing=found.standing,
        health=content_words.health(found.check, found.standing, language) if document.url else [],
        uses=[
            use.words(language)
            for use in await uses.of_document(db, document=document, now=look.now)
        ],
        kinds=", ".join(mirror.KINDS),
        limit=mirror.LARGEST // 1024 // 1024,
    )


def _said(document: Document) -> dict[str, str]:
    return {"url": document.url or ""}
