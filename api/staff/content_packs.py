"""Content packs: checked, compared with what is there, and applied as they were shown.

An uploaded pack is kept nowhere. The page that asks for confirmation carries it, and brings it back
with the confirmation, to whichever process that goes.
"""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.concurrency import run_in_threadpool
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.datastructures import UploadFile
from starlette.responses import Response

from api import problems
from api.dependencies import Db, Now, ReadDb
from api.pages import forms
from api.pages.forms import Form, SentForm, Told
from api.staff import pack_words
from api.staff.callers import DeskCaller, DeskForm, EditsContent, ReadsContent, Staff
from api.staff.pack_words import Shown
from services import consultations
from services.content import archives, reading
from services.content.archives import LARGEST_ARCHIVE
from services.content.faults import Fault
from services.content.loading import ChangeKind
from services.content.pack import Pack
from services.content.reading import PackInvalid
from services.content_desk import packs
from services.content_desk.deeds import By
from services.content_desk.packs import At, Comparison
from services.errors import Refusal

router = APIRouter(prefix="/staff/content/packs", include_in_schema=False)

PACKS = "/staff/content/packs"
CHOICE = "take:"
TAKE = "pack"


class Source(StrEnum):
    """Where a pack comes from."""

    FOLDER = "folder"
    UPLOAD = "upload"


@dataclass(frozen=True)
class Brought:
    """A pack as somebody brings it: by the installation's folder, or as a .zip file."""

    form: SentForm
    source: Source
    archive: bytes = field(default=b"", repr=False)

    async def read(self) -> Pack:
        """Read and check it, in a thread.

        Raises:
            PackInvalid, ArchiveUnfit
        """
        if self.source is Source.UPLOAD:
            return await run_in_threadpool(archives.read, self.archive)
        return await run_in_threadpool(reading.read, self.form.caller.parts.settings.content)

    @property
    def carried(self) -> str:
        """Give the archive as a form's field carries it."""
        return urlsafe_b64encode(self.archive).decode()


async def uploaded(request: Request, caller: DeskCaller) -> Brought:
    """Give the form and the file that were sent, if a page of ours sent them.

    Raises:
        FormFromElsewhere
    """
    # The request keeps what was read of it: the form is parsed once, here, with its one file.
    typed = await request.form(max_files=1, max_fields=8)
    file = typed.get("pack")
    # One byte more than is taken: what is too large is told so.
    archive = await file.read(LARGEST_ARCHIVE + 1) if isinstance(file, UploadFile) else b""
    return _brought(await forms.taken(request, caller), archive)


def carried(form: DeskForm) -> Brought:
    """Give the pack that the page asking for confirmation has carried."""
    try:
        archive = urlsafe_b64decode(form.values.get("archive", ""))
    except (binascii.Error, ValueError):
        archive = b""
    return _brought(form, archive)


Uploaded = Annotated[Brought, Depends(uploaded)]
Carried = Annotated[Brought, Depends(carried)]


@router.get("")
async def show_packs(staff: ReadsContent, db: ReadDb, done: str = "", kept: int = 0) -> Response:
    """Show which rounds are loaded, and let a pack be brought."""
    return await _packs_page(staff, db, forms.shown(staff.caller), done=done, kept=kept)


@router.post("/check")
async def check(staff: EditsContent, brought: Uploaded, db: ReadDb) -> Response:
    """Check a pack and show what applying it would do."""
    try:
        brought.form.require_fresh()
        pack = await brought.read()
        comparison = await packs.compared(db, pack=pack)
    except PackInvalid as invalid:
        return await _packs_page(staff, db, brought.form.refused(invalid), faults=invalid.faults)
    except Refusal as refusal:
        page = await _packs_page(staff, db, brought.form.refused(refusal))
        return problems.saying_when(page, refusal)
    form = forms.shown(staff.caller)
    return _compared_page(staff, brought, form, pack=pack, comparison=comparison)


@router.post("/apply")
async def apply(staff: EditsContent, brought: Carried, db: Db, now: Now) -> Response:
    """Apply a pack as it was shown; each conflict goes the way that was chosen."""
    form = brought.form
    try:
        pack = await brought.read()
    except Refusal as refusal:
        faults = refusal.faults if isinstance(refusal, PackInvalid) else ()
        return await _packs_page(staff, db, form.refused(refusal), faults=faults)

    async def deed() -> Told:
        by = By(actor=staff.account.login, now=now, at=staff.caller.now)
        seen = form.values.get("seen", "")
        done = await packs.apply(db, pack=pack, seen=seen, taking=_taking(form), by=by)
        kept = {packs.at(change) for change in Comparison(done, seen).conflicts}
        return Told(f"{PACKS}?kept={len(kept)}")

    async def again(shown: Form) -> Response:
        comparison = await packs.compared(db, pack=pack)
        return _compared_page(staff, brought, shown, pack=pack, comparison=comparison)

    def leave(told: Told) -> Response:
        return form.caller.go(PACKS, done="applied", kept=told.to.rpartition("=")[2])

    return await form.handled(db, deed=deed, again=again, leave=leave)


def _brought(form: SentForm, archive: bytes) -> Brought:
    source = Source.FOLDER if form.values.get("source") == Source.FOLDER else Source.UPLOAD
    return Brought(form, source, archive)


def _choice(at: At) -> str:
    """Name the field of the form that chooses for a row."""
    return f"{CHOICE}{at[0]}:{at[1]}"


def _taking(form: SentForm) -> frozenset[At]:
    """Give the rows whose conflicts go the pack's way; whatever else is said leaves staff's."""
    chosen = [
        name.removeprefix(CHOICE).partition(":")
        for name, value in form.values.items()
        if name.startswith(CHOICE) and value == TAKE
    ]
    return frozenset((table, key) for table, _, key in chosen)


def _compared_page(
    staff: Staff, brought: Brought, form: Form, *, pack: Pack, comparison: Comparison
) -> Response:
    language = staff.caller.language
    conflicts: dict[At, list[Shown]] = {}
    for change in comparison.conflicts:
        conflicts.setdefault(packs.at(change), []).append(pack_words.shown(change, language))
    others = [change for change in comparison.changes if change not in comparison.conflicts]
    production = staff.caller.parts.settings.production
    return staff.page(
        "content_pack.html",
        status=form.faults.status,
        form=form,
        pack=pack,
        source=brought.source.value,
        archive=brought.carried,
        comparison=comparison,
        conflicts=[(_choice(at), found) for at, found in conflicts.items()],
        changes=[
            (kind.value, [pack_words.shown(one, language) for one in others if one.kind is kind])
            for kind in (
                ChangeKind.ADDED,
                ChangeKind.CHANGED,
                ChangeKind.RESTORED,
                ChangeKind.RETIRED,
            )
        ],
        missing=pack_words.missing(pack, language) if production else "",
        kept_posters=brought.source is Source.UPLOAD and bool(pack.posters.poster),
    )


async def _packs_page(
    staff: Staff,
    db: AsyncSession,
    form: Form,
    *,
    faults: Sequence[Fault] = (),
    done: str = "",
    kept: int = 0,
) -> Response:
    return staff.page(
        "content_packs.html",
        status=form.faults.status,
        form=form,
        faults=faults,
        done=done,
        kept=kept,
        folder=str(staff.caller.parts.settings.content),
        rounds=sorted(await consultations.loaded_slugs(db)),
        kilobytes=LARGEST_ARCHIVE // 1024,
    )
