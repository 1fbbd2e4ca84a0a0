"""Approval: webinars for which somebody of ours decides about each registration."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from models import Registration, Webinar
from models.vocabulary import DeclineReason, Language, RegistrationState
from services import texts
from services.registrations import closing, on_behalf, seats
from services.registrations.refusals import (
    DeclineWordsMissing,
    RegistrationCancelled,
    RegistrationDecided,
)


@dataclass(frozen=True)
class No:
    """Why somebody may not take part; they read it."""

    reason: DeclineReason
    words: str = ""


async def approve(
    db: AsyncSession, *, webinar: Webinar, registration_id: UUID, now: datetime
) -> Registration:
    """Say yes: a seat if one is free, else the place in the line by when they registered.

    Also after a no. Whoever has a seat or a place keeps it.

    Raises:
        RegistrationNotFound, RegistrationCancelled, RegistrationClosed
    """
    webinar = await seats.locked(db, webinar_id=webinar.id)
    registration = await on_behalf.by_id(db, webinar=webinar, registration_id=registration_id)
    if registration.state is RegistrationState.CANCELLED:
        raise RegistrationCancelled
    if registration.state in {RegistrationState.PENDING, RegistrationState.DECLINED}:
        await closing.require_not_begun(db, webinar, now)
        registration.state, registration.decided_at = RegistrationState.WAITING, now
        registration.decline_reason = registration.decline_words = None
        registration.sequence += 1
        await seats.fill(db, webinar=webinar, now=now)
    return registration


async def decline(
    db: AsyncSession, *, webinar: Webinar, registration_id: UUID, no: No, now: datetime
) -> Registration:
    """Say no, and why. Done twice the first one stands.

    Raises:
        RegistrationNotFound, RegistrationCancelled, RegistrationDecided, RegistrationClosed,
        DeclineWordsMissing
    """
    webinar = await seats.locked(db, webinar_id=webinar.id)
    registration = await on_behalf.by_id(db, webinar=webinar, registration_id=registration_id)
    if registration.state is RegistrationState.DECLINED:
        return registration
    if registration.state is RegistrationState.CANCELLED:
        raise RegistrationCancelled
    if registration.state is not RegistrationState.PENDING:
        raise RegistrationDecided
    await closing.require_not_begun(db, webinar, now)
    if no.reason is DeclineReason.OTHER and not no.words:
        raise DeclineWordsMissing
    registration.state, registration.decided_at = RegistrationState.DECLINED, now
    registration.decline_reason, registration.decline_words = no.reason, no.words or None
    registration.sequence += 1
    return registration


def why(registration: Registration, language: Language) -> str:
    """Tell somebody who was declined why; empty for everybody else. Our own words as written."""
    if registration.decline_reason is None:
        return ""
    sentences = [registration.decline_words or ""]
    if registration.decline_reason is not DeclineReason.OTHER:
        reason = registration.decline_reason.value
        sentences.insert(0, texts.say(f"registrations.declined.{reason}", language))
    return "\n".join(sentence for sentence in sentences if sentence)
