"""The sessions' desk: who registered for a webinar, one person's registration, lists as files."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import Field, ValidationError
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from api.dependencies import Db, Now, Parts, ReadDb
from api.pages import forms
from api.pages.forms import Form, SentForm, Told
from api.staff.callers import DeskForm, RunsWebinars, SeesRegistrations, Staff
from miniprogram_contract.messages import Request as Message
from models import Bilingual, Registration, Webinar
from models.vocabulary import TermSet
from services import consultations, webinars
from services.errors import Refusal
from services.exports.registrations import Asked as Export
from services.exports.registrations import Extent, masked
from services.registrations import ContactSafe, check_in, on_behalf
from services.staff_accounts import Permission
from services.webinar_desk import Asked, By, Numbers, Show, deeds, exports, lists, messages

router = APIRouter(prefix="/staff/webinars", include_in_schema=False)

WEBINARS = "/staff/webinars"
LONGEST_WORDS = 100

MEDIA_TYPES = {
    ".csv": "text/csv; charset=utf-8",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

DONE = frozenset({"seat_given", "cancelled", "moved", "checked_in", "check_in_undone", "set"})
"""What a page may say has just been done."""

Done = Annotated[str, Query(max_length=20)]


def asked(
    show: Show = Show.ACTIVE,
    q: Annotated[str, Query(max_length=LONGEST_WORDS)] = "",
    after: Annotated[int, Query(ge=0)] = 0,
) -> Asked:
    """Give which registrations an address asks for."""
    return Asked(show=show, words=q, after=after)


class MoveTo(Message):
    """The webinar somebody is to be moved to."""

    webinar: str = Field(min_length=1, max_length=64)


class TakeFile(Message):
    """A list as a file."""

    kind: str = Field(pattern=r"^\.(csv|xlsx)$")
    extent: Extent


@dataclass(frozen=True)
class Seen:
    """A registration as somebody of ours may see it."""

    registration: Registration
    name: str
    contact: str
    position: int | None = None


@router.get("")
async def list_webinars(staff: SeesRegistrations, db: ReadDb, now: Now) -> Response:
    """Show the current round's webinars and how many registered."""
    consultation = await consultations.current(db, now=now)
    found = await webinars.of_round(db, consultation=consultation)
    return staff.page(
        "webinars.html",
        webinars=[webinars.standing(webinar, now) for webinar in found],
        numbers=await lists.numbers(db),
        nobody=Numbers(),
    )


@router.get("/{slug}")
async def show_webinar(
    slug: str,
    asked: Annotated[Asked, Depends(asked)],
    staff: SeesRegistrations,
    db: ReadDb,
    now: Now,
    done: Done = "",
) -> Response:
    """Show a webinar with its registrations, a page of them."""
    page = _List(slug, asked, staff, now)
    return await _list_page(page, db, forms.shown(staff.caller), done=done)


@router.post("/{slug}/export")
async def export(
    slug: str, staff: SeesRegistrations, form: DeskForm, reading: ReadDb, db: Db, now: Now
) -> Response:
    """Give a webinar's registrations as a file; who may not see people gets them masked."""
    try:
        form.require_fresh()
        wish = form.read(TakeFile)
    except (Refusal, ValidationError) as error:
        return await _list_page(_List(slug, Asked(), staff, now), reading, form.refused(error))
    webinar = await webinars.by_slug(reading, slug=slug)
    extent = wish.extent if staff.may(Permission.RUN_WEBINARS) else Extent.MASKED
    wanted = Export(webinar, extent, staff.caller.language, safe(staff.caller.parts))
    content = await exports.take(
        db, reading=reading, kind=wish.kind, asked=wanted, by=by(staff, now)
    )
    name = f"{webinar.slug}-registrations-{webinars.in_beijing(now):%Y%m%d}{wish.kind}"
    return Response(
        content,
        media_type=MEDIA_TYPES[wish.kind],
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        },
    )


@router.get("/{slug}/registrations/{registration_id}")
async def show_registration(
    slug: str, registration_id: UUID, staff: RunsWebinars, db: ReadDb, now: Now, done: Done = ""
) -> Response:
    """Show one person's registration and what may be done about it."""
    person = _Person(slug, registration_id, staff, now)
    return await _person_page(person, db, forms.shown(staff.caller), done=done)


@router.post("/{slug}/registrations/{registration_id}/seat")
async def give_seat(
    slug: str, registration_id: UUID, staff: RunsWebinars, form: DeskForm, db: Db, now: Now
) -> Response:
    """Give somebody in the line a seat, out of turn."""
    person = _Person(slug, registration_id, staff, now)

    async def deed(webinar: Webinar) -> Registration:
        return await deeds.give_seat(
            db, webinar=webinar, registration_id=registration_id, by=person.by
        )

    return await _done(person, form, db, deed=deed, word="seat_given")


@router.post("/{slug}/registrations/{registration_id}/cancel")
async def cancel(
    slug: str, registration_id: UUID, staff: RunsWebinars, form: DeskForm, db: Db, now: Now
) -> Response:
    """Cancel for somebody; the first in line gets the seat."""
    person = _Person(slug, registration_id, staff, now)

    async def deed(webinar: Webinar) -> Registration:
        return await deeds.cancel(
            db, webinar=webinar, registration_id=registration_id, by=person.by
        )

    return await _done(person, form, db, deed=deed, word="cancelled")


@router.post("/{slug}/registrations/{registration_id}/move")
async def move(
    slug: str, registration_id: UUID, staff: RunsWebinars, form: DeskForm, db: Db, now: Now
) -> Response:
    """Move somebody to another webinar of the round."""
    person = _Person(slug, registration_id, staff, now)

    async def deed(webinar: Webinar) -> Registration:
        moved = await deeds.move(
            db,
            webinar=webinar,
            registration_id=registration_id,
            to=form.read(MoveTo).webinar,
            safe=safe(staff.caller.parts),
            by=person.by,
        )
        return moved.registration

    return await _done(person, form, db, deed=deed, word="moved")


def safe(parts: Parts) -> ContactSafe:
    """Give what contacts are kept with."""
    return ContactSafe(parts.sealer, parts.blind_index)


def by(staff: Staff, now: datetime) -> By:
    """Give somebody of ours as they act."""
    return By(actor=staff.account.login, now=now, at=staff.caller.now)


def seen(registration: Registration, staff: Staff, *, position: int | None = None) -> Seen:
    """Give a registration as somebody of ours may see it."""
    contact = safe(staff.caller.parts).read(registration)
    name = registration.name if staff.may(Permission.RUN_WEBINARS) else masked(registration.name)
    return Seen(registration, name, contact.masked, position)


@dataclass(frozen=True)
class _Person:
    """Somebody's registration, as the address names it, and who asks for it."""

    slug: str
    registration_id: UUID
    staff: Staff
    now: datetime

    @property
    def by(self) -> By:
        return by(self.staff, self.now)


@dataclass(frozen=True)
class _List:
    """A page of a webinar's registrations, and who asks for it."""

    slug: str
    asked: Asked
    staff: Staff
    now: datetime


async def _list_page(page: _List, db: AsyncSession, form: Form, *, done: str = "") -> Response:
    staff = page.staff
    webinar = await webinars.by_slug(db, slug=page.slug)
    kept = safe(staff.caller.parts)
    found = await lists.listed(db, webinar=webinar, asked=page.asked, safe=kept)
    line = await lists.line(db, webinar=webinar)
    return staff.page(
        "webinar.html",
        status=form.faults.status,
        form=form,
        done=done if done in DONE else "",
        standing=webinars.standing(webinar, page.now),
        asked=page.asked,
        shows=list(Show),
        people=[seen(one, staff, position=line.get(one.id)) for one in found.registrations],
        next=found.next,
        numbers=(await lists.numbers(db)).get(webinar.id, Numbers()),
        extents=list(Extent) if staff.may(Permission.RUN_WEBINARS) else [Extent.MASKED],
    )


async def _person_page(
    person: _Person, db: AsyncSession, form: Form, *, done: str = ""
) -> Response:
    staff, now = person.staff, person.now
    webinar = await webinars.by_slug(db, slug=person.slug)
    registration = await on_behalf.by_id(
        db, webinar=webinar, registration_id=person.registration_id
    )
    line = await lists.line(db, webinar=webinar)
    return staff.page(
        "webinar_person.html",
        status=form.faults.status,
        form=form,
        done=done if done in DONE else "",
        standing=webinars.standing(webinar, now),
        seen=seen(registration, staff, position=line.get(registration.id)),
        contact=safe(staff.caller.parts).read(registration),
        stakeholder=await _stakeholder(db, webinar, registration),
        targets=await on_behalf.targets(db, webinar=webinar, now=now),
        conversations=await messages.conversations(db, registration=registration),
        log=await check_in.log_of(db, registration=registration),
    )


async def _done(
    person: _Person,
    form: SentForm,
    db: AsyncSession,
    *,
    deed: Callable[[Webinar], Awaitable[Registration]],
    word: str,
) -> Response:
    """Do one thing about a registration, and show the one it is about then."""

    async def told() -> Told:
        webinar = await webinars.by_slug(db, slug=person.slug)
        registration = await deed(webinar)
        at = await db.get_one(Webinar, registration.webinar_id)
        to = f"{WEBINARS}/{at.slug}/registrations/{registration.id}"
        return Told(to, visitor_id=registration.visitor_id)

    async def again(shown: Form) -> Response:
        return await _person_page(person, db, shown)

    return await form.handled(
        db, deed=told, again=again, leave=lambda told: form.caller.go(told.to, done=word)
    )


async def _stakeholder(
    db: AsyncSession, webinar: Webinar, registration: Registration
) -> Bilingual | None:
    words = await consultations.vocabulary(db, consultation_id=webinar.consultation_id)
    named = (TermSet.STAKEHOLDER, registration.stakeholder)
    return next((term.label for term in words.terms if (term.term_set, term.code) == named), None)
