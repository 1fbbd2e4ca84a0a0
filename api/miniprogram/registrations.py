"""Registrations: each visitor's own."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from api.dependencies import CurrentParts, CurrentVisitor, Db, Now
from api.miniprogram.webinars import phone_calendar
from api.once import OnceForVisitor
from api.problems import refusals
from api.urls import Urls
from miniprogram_contract import registrations as contract
from miniprogram_contract.consultations import AskInLanguage
from miniprogram_contract.messages import Page
from models.vocabulary import Language, PersonalContactKind, RegistrationState
from services import idempotency, registrations, visitors, webinars
from services.registrations import Changes, ContactSafe, PersonalContact, Registrant, Standing, Wish

router = APIRouter(tags=["registrations"])

Ask = Annotated[AskInLanguage, Query()]


def registrant(parts: CurrentParts, visitor: CurrentVisitor, now: Now) -> Registrant:
    """Give the visitor as they ask."""
    safe = ContactSafe(parts.sealer, parts.blind_index)
    return Registrant(visitor=visitor, safe=safe, now=now)


Who = Annotated[Registrant, Depends(registrant, scope="function")]


@router.post(
    "/webinars/{slug}/registrations",
    status_code=201,
    response_model=contract.Registration,
    responses=refusals(
        visitors.LoginRequired,
        webinars.WebinarNotFound,
        webinars.WebinarWithdrawn,
        registrations.RegistrationClosed,
        registrations.RegisteredElsewhere,
        registrations.ContactTaken,
        registrations.StakeholderUnknown,
        idempotency.IdempotencyKeyReused,
    ),
)
async def register(
    slug: str,
    body: contract.Register,
    ask: Ask,
    once: OnceForVisitor,
    who: Who,
    parts: CurrentParts,
    db: Db,
) -> Response:
    """Register for a webinar: a seat, or a place in the line when all seats are taken.

    Whoever is registered already gets that registration, unchanged.
    """

    async def make() -> contract.Registration:
        booked = await registrations.book(db, slug=slug, wish=_wish(body), who=who)
        return _registration(booked, parts.urls, ask.lang, who)

    return await once(make)


@router.get("/me/registrations", responses=refusals(visitors.LoginRequired))
async def list_registrations(
    ask: Ask, who: Who, parts: CurrentParts, db: Db
) -> Page[contract.Registration]:
    """List one's own registrations, newest first, with those that were cancelled."""
    found = await registrations.of_visitor(db, who=who)
    items = [_registration(standing, parts.urls, ask.lang, who) for standing in found]
    return Page(items=items, next=None)


@router.get(
    "/me/registrations/{registration_id}",
    responses=refusals(visitors.LoginRequired, registrations.RegistrationNotFound),
)
async def show_registration(
    registration_id: UUID, ask: Ask, who: Who, parts: CurrentParts, db: Db
) -> contract.Registration:
    """Show one of one's own registrations."""
    standing = await registrations.own(db, registration_id=registration_id, who=who)
    return _registration(standing, parts.urls, ask.lang, who)


@router.patch(
    "/me/registrations/{registration_id}",
    responses=refusals(
        visitors.LoginRequired,
        registrations.RegistrationNotFound,
        registrations.RegistrationCancelled,
        registrations.RegistrationClosed,
        registrations.ContactTaken,
        registrations.StakeholderUnknown,
    ),
)
async def change_registration(
    registration_id: UUID,
    body: contract.ChangeRegistration,
    ask: Ask,
    who: Who,
    parts: CurrentParts,
    db: Db,
) -> contract.Registration:
    """Change a registration until the webinar begins."""
    changes = Changes(
        name=body.name,
        organisation=body.organisation,
        contact=_contact(body),
        stakeholder=body.stakeholder,
    )
    standing = await registrations.change(
        db, registration_id=registration_id, changes=changes, who=who
    )
    return _registration(standing, parts.urls, ask.lang, who)


@router.delete(
    "/me/registrations/{registration_id}",
    responses=refusals(
        visitors.LoginRequired,
        registrations.RegistrationNotFound,
        registrations.RegistrationClosed,
    ),
)
async def cancel_registration(
    registration_id: UUID, ask: Ask, who: Who, parts: CurrentParts, db: Db
) -> contract.Registration:
    """Cancel a registration until the webinar begins; the seat goes to the first in line."""
    standing = await registrations.cancel(db, registration_id=registration_id, who=who)
    return _registration(standing, parts.urls, ask.lang, who)


def _wish(body: contract.Register) -> Wish:
    contact = _contact(body)
    assert contact is not None  # noqa: S101 - the contract has made sure of one
    return Wish(
        name=body.name,
        organisation=body.organisation,
        contact=contact,
        stakeholder=body.stakeholder,
    )


def _contact(body: contract.Register | contract.ChangeRegistration) -> PersonalContact | None:
    if body.phone is not None:
        return PersonalContact(PersonalContactKind.PHONE, body.phone)
    return (
        PersonalContact(PersonalContactKind.EMAIL, body.email) if body.email is not None else None
    )


def _registration(
    standing: Standing, urls: Urls, language: Language, who: Registrant
) -> contract.Registration:
    registration, webinar = standing.registration, standing.webinar
    has_seat = registration.state is RegistrationState.CONFIRMED
    active = registration.state is not RegistrationState.CANCELLED
    return contract.Registration(
        id=registration.id,
        webinar=webinar.slug,
        state=registration.state,
        position=standing.position,
        code=registration.code if has_seat else None,
        name=registration.name,
        organisation=registration.organisation,
        contact_kind=standing.contact.kind,
        contact=standing.contact.masked,
        stakeholder=registration.stakeholder,
        registered_at=registration.registered_at,
        cancelled_at=registration.cancelled_at,
        starts_at=webinar.starts_at,
        changeable=active and who.now < webinar.starts_at,
        calendar_url=urls.calendar(webinar.slug),
        phone_calendar=phone_calendar(webinar, urls, language),
    )
