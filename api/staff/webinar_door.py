"""The door of a webinar: a field that a scanner, a keyboard or a person fills, and an undo."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Annotated, Literal
from urllib.parse import parse_qsl
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.datastructures import UploadFile
from starlette.responses import Response

from api import problems
from api.dependencies import Db, Now, ReadDb
from api.pages import forms
from api.pages.forms import Form, SentForm, Told
from api.staff.callers import DeskCaller, DeskForm, RunsWebinars, Staff
from api.staff.webinars import WEBINARS, by, seen
from miniprogram_contract.messages import Request as Message
from models import Registration, Webinar
from services import webinars
from services.errors import Refusal
from services.registrations import on_behalf, photos
from services.registrations.check_in import Arrival, Door
from services.webinar_desk import Numbers, deeds, lists

router = APIRouter(prefix="/staff/webinars", include_in_schema=False)


PHOTO_PATH = "/staff/webinars/check-in-photo"
"""Without the webinar in it, which is in the form: the middleware knows it by its one path."""

LONGEST_SHOWN = 200
"""Characters of a code that are looked at; a ticket has 57."""


class CheckIn(Message):
    """What was shown at the door: scanned, or typed."""

    shown: str = Field(min_length=1, max_length=LONGEST_SHOWN)


@dataclass(frozen=True)
class PhotoForm:
    """A form with a photo in it."""

    form: SentForm
    content: bytes = field(repr=False)


async def photographed(request: Request, caller: DeskCaller) -> PhotoForm:
    """Give the form and the photo that were sent, if a page of ours sent them.

    Raises:
        FormFromElsewhere
    """
    # The request keeps what was read of it: the form is parsed once, here, with its one file.
    typed = await request.form(max_files=1, max_fields=8)
    photo = typed.get("photo")
    content = await photo.read(photos.LARGEST_PHOTO) if isinstance(photo, UploadFile) else b""
    return PhotoForm(await forms.taken(request, caller), content)


Photographed = Annotated[PhotoForm, Depends(photographed)]


@dataclass(frozen=True)
class Came:
    """Who came to the door last and how that went, to be shown."""

    registration_id: UUID
    how: str


@router.get("/{slug}/check-in")
async def show_door(
    slug: str,
    staff: RunsWebinars,
    db: ReadDb,
    last: UUID | None = None,
    how: Literal["in", "again", "back"] = "in",
) -> Response:
    """Show the field, and how it went with whoever came last."""
    webinar = await webinars.by_slug(db, slug=slug)
    came = Came(last, how) if last else None
    return await _door_page(staff, db, webinar, came=came, form=forms.shown(staff.caller))


@router.post("/{slug}/check-in")
async def let_in(slug: str, staff: RunsWebinars, form: DeskForm, db: Db, now: Now) -> Response:
    """Let somebody in whose code was scanned or typed."""
    webinar = await webinars.by_slug(db, slug=slug)

    async def deed() -> Told:
        arrival = await deeds.let_in(
            db,
            webinar=webinar,
            shown=form.read(CheckIn).shown,
            door=_door(staff, webinar),
            by=by(staff, now),
        )
        return _told(slug, arrival)

    async def again(shown: Form) -> Response:
        # The field is empty for the next code, whatever was wrong with this one.
        return await _door_page(staff, db, webinar, form=replace(shown, values={}))

    return await form.handled(db, deed=deed, again=again, leave=_leave(form))


@router.post(PHOTO_PATH.removeprefix(WEBINARS))
async def let_in_by_photo(staff: RunsWebinars, sent: Photographed, db: Db, now: Now) -> Response:
    """Let somebody in whose code was photographed."""
    form = sent.form
    slug = form.values.get("webinar", "")

    async def again(shown: Form) -> Response:
        webinar = await webinars.by_slug(db, slug=slug)
        return await _door_page(staff, db, webinar, form=replace(shown, values={}))

    try:
        form.require_fresh()
        # Before the transaction begins: reading a photo takes a while.
        ticket = await run_in_threadpool(photos.ticket, sent.content)
    except Refusal as refusal:
        return problems.saying_when(await again(form.refused(refusal)), refusal)
    webinar = await webinars.by_slug(db, slug=slug)

    async def deed() -> Told:
        door = _door(staff, webinar)
        arrival = await deeds.let_in(
            db, webinar=webinar, shown=ticket, door=door, by=by(staff, now)
        )
        return _told(slug, arrival)

    return await form.handled(db, deed=deed, again=again, leave=_leave(form))


@router.post("/{slug}/check-in/undo")
async def take_back(slug: str, staff: RunsWebinars, form: DeskForm, db: Db, now: Now) -> Response:
    """Take a check-in back."""
    webinar = await webinars.by_slug(db, slug=slug)

    async def deed() -> Told:
        left = await deeds.take_back(
            db,
            webinar=webinar,
            code=form.read(CheckIn).shown,
            door=_door(staff, webinar),
            by=by(staff, now),
        )
        return Told(_path(slug, left, "back"), visitor_id=left.visitor_id)

    async def again(shown: Form) -> Response:
        return await _door_page(staff, db, webinar, form=replace(shown, values={}))

    return await form.handled(db, deed=deed, again=again, leave=_leave(form))


def _door(staff: Staff, webinar: Webinar) -> Door:
    index = staff.caller.parts.blind_index
    return Door(by=staff.account.login, index=index, webinar_id=webinar.id)


def _told(slug: str, arrival: Arrival) -> Told:
    came = arrival.registration
    how = "again" if arrival.again else "in"
    return Told(_path(slug, came, how), visitor_id=came.visitor_id)


def _path(slug: str, registration: Registration, how: str) -> str:
    return f"{WEBINARS}/{slug}/check-in?last={registration.id}&how={how}"


def _leave(form: SentForm) -> Callable[[Told], Response]:
    """Go where a deed at the door leads, in the language that is read."""

    def leave(told: Told) -> Response:
        path, _, query = told.to.partition("?")
        return form.caller.go(path, **dict(parse_qsl(query)))

    return leave


async def _door_page(
    staff: Staff, db: AsyncSession, webinar: Webinar, *, form: Form, came: Came | None = None
) -> Response:
    last = None
    if came is not None:
        last = await on_behalf.by_id(db, webinar=webinar, registration_id=came.registration_id)
    return staff.page(
        "webinar_door.html",
        status=form.faults.status,
        form=form,
        webinar=webinar,
        last=seen(last, staff) if last else None,
        how=came.how if came else "",
        numbers=(await lists.numbers(db)).get(webinar.id, Numbers()),
    )
