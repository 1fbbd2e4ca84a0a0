"""Registrations: each visitor's own."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from api.dependencies import CurrentParts, CurrentVisitor, Db, Now
from api.miniprogram.beforehand import ChangeForm, RegisterForm
from api.miniprogram.webinars import phone_calendar
from api.once import OnceForVisitor
from api.problems import refusals
from api.urls import Urls
from miniprogram_contract import registrations as contract
from miniprogram_contract.consultations import AskInLanguage
from miniprogram_contract.messages import Page
from models import Registration
from models.vocabulary import Language, RegistrationState
from services import idempotency, registrations, visitors, webinars
from services.conversations.work import AccountMissing
from services.registrations import (
    Changes,
    ContactSafe,
    Registrant,
    Standing,
    Wish,
    approval,
    closing,
    joining,
)
from services.registrations.states import OVER
from services.wechat.refusals import WeChatError

router = APIRouter(tags=["registrations"])

PHONE_REFUSALS = (
    registrations.PhoneCodeInvalid,
    registrations.PhoneCodeTooOften,
    AccountMissing,
    WeChatError,
)

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
        registrations.RegistrationNotOpen,
        registrations.RegistrationClosed,
        registrations.RegisteredElsewhere,
        registrations.ContactTaken,
        registrations.StakeholderUnknown,
        idempotency.IdempotencyKeyReused,
        *PHONE_REFUSALS,
    ),
)
async def register(
    slug: str,
    form: RegisterForm,
    ask: Ask,
    once: OnceForVisitor,
    who: Who,
    parts: CurrentParts,
    db: Db,
) -> Response:
    """Register for a webinar: a seat, or a place in the line when all seats are taken.

    Where `needs_approval` is true it waits for the organisers' decision first: `pending`. Whoever
    is registered already gets that registration, unchanged.
    """

    async def make() -> contract.Registration:
        wish = _wish(form, ask.lang)
        booked = await registrations.book(db, slug=slug, wish=wish, who=who)
        return registration_reply(booked, parts.urls, ask.lang, who)

    return await once(make)


@router.get("/me/registrations", responses=refusals(visitors.LoginRequired))
async def list_registrations(
    ask: Ask, who: Who, parts: CurrentParts, db: Db
) -> Page[contract.Registration]:
    """List one's own registrations, newest first, with those that were cancelled."""
    found = await registrations.of_visitor(db, who=who)
    items = [registration_reply(standing, parts.urls, ask.lang, who) for standing in found]
    return Page(items=items, next=None)


@router.get("/me/profile", responses=refusals(visitors.LoginRequired))
async def show_profile(who: Who, db: Db) -> contract.Profile:
    """Show what one said of oneself last, to fill in the next form with."""
    said = await registrations.latest(db, who=who)
    if said is None:
        return contract.Profile(name=None, organisation=None, stakeholder=None)
    return contract.Profile(
        name=said.name, organisation=said.organisation, stakeholder=said.stakeholder
    )


@router.get(
    "/me/registrations/{registration_id}",
    responses=refusals(visitors.LoginRequired, registrations.RegistrationNotFound),
)
async def show_registration(
    registration_id: UUID, ask: Ask, who: Who, parts: CurrentParts, db: Db
) -> contract.Registration:
    """Show one of one's own registrations."""
    standing = await registrations.own(db, registration_id=registration_id, who=who)
    return registration_reply(standing, parts.urls, ask.lang, who)


@router.patch(
    "/me/registrations/{registration_id}",
    responses=refusals(
        visitors.LoginRequired,
        registrations.RegistrationNotFound,
        registrations.RegistrationCancelled,
        registrations.RegistrationDeclined,
        registrations.RegistrationNotOpen,
        registrations.RegistrationClosed,
        registrations.ContactTaken,
        registrations.StakeholderUnknown,
        *PHONE_REFUSALS,
    ),
)
async def change_registration(
    registration_id: UUID,
    form: ChangeForm,
    ask: Ask,
    who: Who,
    parts: CurrentParts,
    db: Db,
) -> contract.Registration:
    """Change a registration while one may register: see `changeable`."""
    changes = Changes(
        name=form.body.name,
        organisation=form.body.organisation,
        contact=form.contact(),
        stakeholder=form.body.stakeholder,
        may_transfer_abroad=form.body.may_transfer_abroad,
        asked_in=ask.lang,
    )
    standing = await registrations.change(
        db, registration_id=registration_id, changes=changes, who=who
    )
    return registration_reply(standing, parts.urls, ask.lang, who)


@router.delete(
    "/me/registrations/{registration_id}",
    responses=refusals(
        visitors.LoginRequired,
        registrations.RegistrationNotFound,
        registrations.RegistrationDeclined,
        registrations.RegistrationClosed,
    ),
)
async def cancel_registration(
    registration_id: UUID, ask: Ask, who: Who, parts: CurrentParts, db: Db
) -> contract.Registration:
    """Cancel a registration until the webinar begins; the seat goes to the first in line."""
    standing = await registrations.cancel(db, registration_id=registration_id, who=who)
    return registration_reply(standing, parts.urls, ask.lang, who)


def _wish(form: RegisterForm, asked_in: Language) -> Wish:
    contact, body = form.contact(), form.body
    assert contact is not None  # noqa: S101 - the contract has made sure of one
    return Wish(
        name=body.name,
        organisation=body.organisation,
        contact=contact,
        stakeholder=body.stakeholder,
        may_transfer_abroad=body.may_transfer_abroad,
        asked_in=asked_in,
        channel=body.channel,
    )


def _declined(registration: Registration, language: Language) -> contract.Declined | None:
    reason = registration.decline_reason
    if reason is None:
        return None
    return contract.Declined(reason=reason, text=approval.why(registration, language))


def registration_reply(
    standing: Standing, urls: Urls, language: Language, who: Registrant
) -> contract.Registration:
    """Give a registration as its visitor is shown it."""
    registration, webinar = standing.registration, standing.webinar
    has_seat = registration.state is RegistrationState.CONFIRMED
    active = registration.state not in OVER
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
        may_transfer_abroad=registration.may_transfer_abroad,
        registered_at=registration.registered_at,
        cancelled_at=registration.cancelled_at,
        declined=_declined(registration, language),
        starts_at=webinar.starts_at,
        changeable=active and closing.is_open(webinar, who.now),
        cancellable=active and who.now < webinar.starts_at,
        calendar_url=urls.calendar(webinar.slug),
        invitation_path=f"/v1/me/registrations/{registration.id}/calendar.ics",
        check_in_path=f"/v1/me/registrations/{registration.id}/check-in.svg" if has_seat else None,
        join_from=joining.shown_from(registration, webinar, now=who.now),
        phone_calendar=phone_calendar(webinar, urls, language),
    )
