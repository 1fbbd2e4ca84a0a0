"""One person's registration at the sessions' desk, and what may be done about it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from api.dependencies import Db, Now, ReadDb
from api.pages import forms
from api.pages.forms import Form, SentForm, Told
from api.staff.callers import DeskForm, RunsWebinars, Staff
from api.staff.webinars import DONE, WEBINARS, Done, by, safe, seen
from miniprogram_contract.messages import Request as Message
from models import Bilingual, Registration, Webinar
from models.registration import LONGEST_DECLINE
from models.vocabulary import DeclineReason, TermSet
from services import consultations, webinars
from services.registrations import approval, check_in, on_behalf, seats
from services.registrations.approval import No
from services.webinar_desk import By, deeds, messages

router = APIRouter(prefix="/staff/webinars", include_in_schema=False)


class MoveTo(Message):
    """The webinar somebody is to be moved to."""

    webinar: str = Field(min_length=1, max_length=64)


class SayNo(Message):
    """Why somebody may not take part."""

    reason: DeclineReason
    words: str = Field(default="", max_length=LONGEST_DECLINE)


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


@router.post("/{slug}/registrations/{registration_id}/approve")
async def approve(
    slug: str, registration_id: UUID, staff: RunsWebinars, form: DeskForm, db: Db, now: Now
) -> Response:
    """Say yes: a seat, or a place in the line."""
    person = _Person(slug, registration_id, staff, now)

    async def deed(webinar: Webinar) -> Registration:
        return await deeds.approve(
            db, webinar=webinar, registration_id=registration_id, by=person.by
        )

    return await _done(person, form, db, deed=deed, word="approved")


@router.post("/{slug}/registrations/{registration_id}/decline")
async def decline(
    slug: str, registration_id: UUID, staff: RunsWebinars, form: DeskForm, db: Db, now: Now
) -> Response:
    """Say no, and why."""
    person = _Person(slug, registration_id, staff, now)

    async def deed(webinar: Webinar) -> Registration:
        wish = form.read(SayNo)
        no = No(wish.reason, wish.words.replace("\r\n", "\n").strip())
        return await deeds.decline(
            db, webinar=webinar, registration_id=registration_id, no=no, by=person.by
        )

    return await _done(person, form, db, deed=deed, word="declined")


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


async def _person_page(
    person: _Person, db: AsyncSession, form: Form, *, done: str = ""
) -> Response:
    staff, now = person.staff, person.now
    webinar = await webinars.by_slug(db, slug=person.slug)
    registration = await on_behalf.by_id(
        db, webinar=webinar, registration_id=person.registration_id
    )
    return staff.page(
        "webinar_person.html",
        status=form.faults.status,
        form=form,
        done=done if done in DONE else "",
        standing=webinars.standing(webinar, now),
        seen=seen(
            registration, staff, position=await seats.position(db, registration=registration)
        ),
        contact=safe(staff.caller.parts).read(registration),
        stakeholder=await _stakeholder(db, webinar, registration),
        reasons=list(DeclineReason),
        most=LONGEST_DECLINE,
        why=approval.why(registration, staff.caller.language),
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
