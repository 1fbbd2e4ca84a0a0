"""Registering for a webinar in a browser, and one's own registrations; no script is needed."""

from datetime import datetime
from typing import Annotated, Any
from unicodedata import normalize
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.ext.asyncio import AsyncSession

from api.dependencies import CurrentParts, Db, Now, Parts, ReadDb
from api.pages import forms
from api.pages.callers import Caller, CurrentCaller, CurrentReader, KnownReader
from api.pages.counted import Counted
from api.pages.forms import Form, Sent, SentForm, Told
from api.pages.introductions import Introduced
from miniprogram_contract import registrations as contract
from models import Registration, Visitor, Webinar
from models.vocabulary import PersonalContactKind, TermSet
from services import consents, consultations, registrations, visitors, webinars
from services.errors import Refusal
from services.registrations import (
    Changes,
    ContactSafe,
    PersonalContact,
    Registrant,
    Standing,
    Wish,
    approval,
    booking,
    closing,
    joining,
)
from services.registrations.states import OVER

router = APIRouter(include_in_schema=False)

CHECKS = ("may_transfer_abroad",)
"""The boxes of the form."""


def _registrant(parts: Parts, visitor: Visitor, now: datetime) -> Registrant:
    safe = ContactSafe(parts.sealer, parts.blind_index)
    return Registrant(visitor=visitor, safe=safe, now=now)


def registrant(parts: CurrentParts, reader: KnownReader, now: Now) -> Registrant:
    """Give the reader as they ask about registrations of theirs."""
    return _registrant(parts, reader, now)


Who = Annotated[Registrant, Depends(registrant, scope="function")]


@router.get("/webinars/{slug}/register", dependencies=[Introduced, Counted])
async def show_form(
    slug: str, caller: CurrentCaller, reader: CurrentReader, now: Now, db: ReadDb
) -> Response:
    """Show the form, or one's registration to whoever has one already."""
    webinar = await webinars.by_slug(db, slug=slug)
    mine = await booking.active(db, webinar=webinar, visitor=reader) if reader else None
    if mine is not None:
        return caller.go(_path(mine))
    return await _form_page(db, webinar, caller=caller, form=forms.shown(caller), now=now)


@router.post("/webinars/{slug}/register")
async def register(slug: str, form: Sent, now: Now, db: Db) -> Response:
    """Register: a seat, a place in the line, or our decision first."""
    webinar = await webinars.by_slug(db, slug=slug)
    caller = form.caller

    async def book() -> Told:
        body = form.given().read(contract.Register, checks=CHECKS, **_asked_as_contact(form))
        token, at = caller.browser.token, caller.now
        visitor = await visitors.settled(db, token=token, now=at)
        who = _registrant(caller.parts, visitor, now)
        standing = await registrations.book(db, slug=slug, wish=_wish(body, caller), who=who)
        return Told(_path(standing.registration), visitor_id=who.visitor.id)

    async def again(form: Form) -> Response:
        return await _form_page(db, webinar, caller=caller, form=form, now=now)

    return await form.handled(db, deed=book, again=again)


@router.get("/registrations/{registration_id}")
async def show(registration_id: UUID, who: Who, caller: CurrentCaller, db: ReadDb) -> HTMLResponse:
    """Show one registration of one's own."""
    standing = await registrations.own(db, registration_id=registration_id, who=who)
    return await _own_page(db, "registration.html", caller=caller, who=who, standing=standing)


@router.get("/registrations/{registration_id}/change")
async def show_change(
    registration_id: UUID, who: Who, caller: CurrentCaller, db: ReadDb
) -> HTMLResponse:
    """Show what was said, to be changed."""
    standing = await registrations.own(db, registration_id=registration_id, who=who)
    form = forms.shown(caller, values=_said(standing.registration))
    return await _change_page(db, caller=caller, who=who, standing=standing, form=form)


@router.post("/registrations/{registration_id}/change")
async def change(registration_id: UUID, form: Sent, who: Who, db: Db) -> Response:
    """Change what was said; a contact that is left empty stays as it is."""
    caller = form.caller
    standing = await registrations.own(db, registration_id=registration_id, who=who)

    async def make() -> Told:
        body = form.read(contract.ChangeRegistration, checks=CHECKS, **_asked_as_contact(form))
        changes = Changes(
            name=body.name,
            organisation=body.organisation,
            contact=_contact(body),
            stakeholder=body.stakeholder,
            may_transfer_abroad=body.may_transfer_abroad,
            asked_in=caller.language,
        )
        await registrations.change(db, registration_id=registration_id, changes=changes, who=who)
        return Told(_path(standing.registration), visitor_id=who.visitor.id)

    async def again(form: Form) -> Response:
        # Loaded anew: what a refused change had touched expired with its savepoint.
        kept = await registrations.own(db, registration_id=registration_id, who=who)
        return await _change_page(db, caller=caller, who=who, standing=kept, form=form)

    return await form.handled(db, deed=make, again=again)


@router.get("/registrations/{registration_id}/cancel")
async def show_cancel(
    registration_id: UUID, who: Who, caller: CurrentCaller, db: ReadDb
) -> HTMLResponse:
    """Ask whether the seat is really to be given up."""
    standing = await registrations.own(db, registration_id=registration_id, who=who)
    form = forms.shown(caller)
    return await _cancel_page(db, caller=caller, who=who, standing=standing, form=form)


@router.post("/registrations/{registration_id}/cancel")
async def cancel(registration_id: UUID, form: Sent, who: Who, db: Db) -> Response:
    """Give up a seat or a place in the line."""
    standing = await registrations.own(db, registration_id=registration_id, who=who)

    async def give_up() -> Told:
        await registrations.cancel(db, registration_id=registration_id, who=who)
        return Told(_path(standing.registration), visitor_id=who.visitor.id)

    async def again(shown: Form) -> Response:
        return await _cancel_page(db, caller=form.caller, who=who, standing=standing, form=shown)

    return await form.handled(db, deed=give_up, again=again)


async def _form_page(
    db: AsyncSession, webinar: Webinar, *, caller: Caller, form: Form, now: datetime
) -> HTMLResponse:
    closed = ""
    try:
        await closing.require_open(db, webinar, now)
        await closing.require_here(db, webinar)
    except Refusal as refusal:
        closed = refusal.sentence(caller.language)
    return caller.page(
        "register.html",
        status=form.faults.status,
        standing=webinars.standing(webinar, now),
        closed=closed,
        form=form,
        **await _around_form(db, webinar),
    )


async def _change_page(
    db: AsyncSession, *, caller: Caller, who: Registrant, standing: Standing, form: Form
) -> HTMLResponse:
    return await _own_page(
        db,
        "registration_change.html",
        caller=caller,
        who=who,
        standing=standing,
        form=form,
        **await _around_form(db, standing.webinar, publisher=False),
    )


async def _cancel_page(
    db: AsyncSession, *, caller: Caller, who: Registrant, standing: Standing, form: Form
) -> HTMLResponse:
    return await _own_page(
        db, "registration_cancel.html", caller=caller, who=who, standing=standing, form=form
    )


async def _own_page(
    db: AsyncSession,
    template: str,
    *,
    caller: Caller,
    who: Registrant,
    standing: Standing,
    form: Form | None = None,
    **context: Any,  # noqa: ANN401 - whatever the template needs
) -> HTMLResponse:
    webinar = standing.webinar
    active = standing.registration.state not in OVER
    return caller.page(
        template,
        status=form.faults.status if form else 200,
        standing=standing,
        path=_path(standing.registration),
        why=approval.why(standing.registration, caller.language),
        times=webinars.local_times(webinar),
        changeable=active and closing.is_open(webinar, who.now),
        cancellable=active and who.now < webinar.starts_at,
        join_url=_join_url(standing, caller.parts, who.now),
        join_from=joining.shown_from(standing.registration, webinar, now=who.now),
        is_over=who.now >= webinars.ends_at(webinar),
        form=form,
        publisher=await consultations.publisher(db, consultation_id=webinar.consultation_id),
        **context,
    )


async def _around_form(
    db: AsyncSession, webinar: Webinar, *, publisher: bool = True
) -> dict[str, Any]:
    consultation_id = webinar.consultation_id
    vocabulary = await consultations.vocabulary(db, consultation_id=consultation_id)
    told = await consents.wording(db, consultation_id=consultation_id)
    around: dict[str, Any] = {
        "stakeholders": [term for term in vocabulary.terms if term.term_set is TermSet.STAKEHOLDER],
        "consents": {kind.value: said for kind, said in told.sentences.items()},
    }
    if publisher:
        found = await consultations.publisher(db, consultation_id=consultation_id)
        around["publisher"] = found
    return around


def _join_url(standing: Standing, parts: Parts, now: datetime) -> str:
    try:
        return joining.link(standing.registration, standing.webinar, sealer=parts.sealer, now=now)
    except Refusal:
        return ""


def _asked_as_contact(form: SentForm) -> dict[str, str | None]:
    """Tell a phone number from an address: people are asked for one of them in one field."""
    typed = form.values.get("contact", "").strip()
    if not typed:
        return {"contact": None}
    return {"contact": None, "email" if "@" in normalize("NFKC", typed) else "phone": typed}


def _wish(body: contract.Register, caller: Caller) -> Wish:
    contact = _contact(body)
    assert contact is not None  # noqa: S101 - the contract has made sure of one
    return Wish(
        name=body.name,
        organisation=body.organisation,
        contact=contact,
        stakeholder=body.stakeholder,
        may_transfer_abroad=body.may_transfer_abroad,
        asked_in=caller.language,
        channel=caller.view.channel,
    )


def _contact(body: contract.Register | contract.ChangeRegistration) -> PersonalContact | None:
    if body.phone is not None:
        return PersonalContact(PersonalContactKind.PHONE, body.phone)
    return PersonalContact(PersonalContactKind.EMAIL, body.email) if body.email else None


def _said(registration: Registration) -> dict[str, str | None]:
    return {
        "name": registration.name,
        "organisation": registration.organisation,
        "stakeholder": registration.stakeholder,
        "may_transfer_abroad": "on" if registration.may_transfer_abroad else None,
    }


def _path(registration: Registration) -> str:
    return f"/registrations/{registration.id}"
